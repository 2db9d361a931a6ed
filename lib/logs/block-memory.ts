import type { Json } from '../model.ts';
import type { History } from '../ports.ts';
import type { Blocked } from './block-set.ts';

type Settings = Pick<History, 'setting' | 'set'>;

/** A setting is one item of the store, and DynamoDB's items end at 400 KB. */
const shards = 32;
/** Escalation looks back this far. */
const rememberMs = 30 * 86_400_000;

/** What we blocked and when it ends, kept in the history's settings. */
export class BlockMemory {
  readonly #settings: Settings;
  readonly #blocked = new Map<string, Blocked>();
  readonly #changed = new Set<number>();

  private constructor(settings: Settings) {
    this.#settings = settings;
  }

  static async load(settings: Settings): Promise<BlockMemory> {
    const memory = new BlockMemory(settings);
    for (let shard = 0; shard < shards; shard++) {
      const held = await settings.setting(nameOf(shard));
      if (!Array.isArray(held)) continue;
      // Only what `save` wrote stands under these names.
      for (const one of held as unknown as Blocked[]) memory.#blocked.set(one.client, one);
    }
    return memory;
  }

  get(client: string): Blocked | undefined {
    return this.#blocked.get(client);
  }

  all(): Blocked[] {
    return [...this.#blocked.values()];
  }

  put(blocked: Blocked): void {
    this.#blocked.set(blocked.client, blocked);
    this.#changed.add(shardOf(blocked.client));
  }

  /** Stores what changed since the last save, without those that nobody asks about any more. */
  async save(nowMs: number): Promise<void> {
    const old = this.all().filter((one) => one.sets.length === 0 && one.untilMs < nowMs - rememberMs);
    for (const { client } of old) {
      this.#blocked.delete(client);
      this.#changed.add(shardOf(client));
    }
    const bodies = new Map<number, Blocked[]>([...this.#changed].map((shard) => [shard, []]));
    for (const one of this.all()) bodies.get(shardOf(one.client))?.push(one);
    // JSON of named fields, which TypeScript does not take for an index.
    for (const [shard, body] of bodies) await this.#settings.set(nameOf(shard), body as unknown as Json);
    this.#changed.clear();
  }
}

function nameOf(shard: number): string {
  return `blocked/${shard}`;
}

function shardOf(client: string): number {
  let sum = 0;
  for (let at = 0; at < client.length; at++) sum = (Math.imul(sum, 31) + client.charCodeAt(at)) | 0;
  return (sum >>> 0) % shards;
}
