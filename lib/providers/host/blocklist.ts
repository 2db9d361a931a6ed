import * as z from 'zod';
import { RetryableError } from '../../errors.ts';
import type { Kind } from '../../kinds.ts';
import { isBatchId } from '../../logs/block-entry.ts';
import { BlockMemory } from '../../logs/block-memory.ts';
import { batchSetting, stateIn } from '../../logs/block-record.ts';
import { apply, type Blocking, unblock, withLease } from '../../logs/blocking.ts';
import type { Change, Hint, Resource } from '../../model.ts';
import type { Provider, Reading } from '../../ports.ts';
import { isRuleId } from '../../waf/acl-writer.ts';

/**
 * What the log loops block, client by client: behind each change stand the sets of every target. Its writes are the
 * loops' own, so that both agree about what is ours.
 */
export class BlocklistProvider implements Provider {
  readonly name = 'host';
  readonly kinds: readonly Kind[] = ['blocklist'];
  readonly #blocking: () => Blocking;
  readonly #rules: Pick<Provider, 'read' | 'apply'>;
  readonly #now: () => Date;

  /** `rules`: what has a rule's id is theirs. */
  constructor(blocking: () => Blocking, rules: Pick<Provider, 'read' | 'apply'>, now: () => Date) {
    this.#blocking = blocking;
    this.#rules = rules;
    this.#now = now;
  }

  async resolve({ provider, account, region, id }: Hint): Promise<Resource[]> {
    return [{ provider, account, region, kind: 'blocklist', id }];
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    const memory = await BlockMemory.load(this.#blocking().settings);
    return Promise.all(
      resources.map(async (resource): Promise<Reading> => {
        if (isRuleId(resource.id)) return (await this.#rules.read([resource]))[0] ?? { status: 'gone' };
        const clients = await this.#clientsOf(resource.id);
        const state = stateIn(memory, resource.id, clients, this.#now().getTime());
        return state ? { status: 'found', state } : { status: 'gone' };
      }),
    );
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    const { id } = resource;
    if (isRuleId(id)) return this.#rules.apply(resource, change);
    const blocking = this.#blocking();
    const clients = await this.#clientsOf(id);
    const problems: string[] = [];
    const io = { err: (line: string) => void problems.push(line) };
    const isDone =
      change.op === 'remove'
        ? (await unblock(clients, blocking, this.#now(), io, { isRecorded: true })).status === 0
        : await this.#block(clients, blocking, io);
    if (!isDone) throw new RetryableError(problems.join('; '));
    return change;
  }

  /** Itself, or those of a batch. */
  async #clientsOf(id: string): Promise<string[]> {
    if (!isBatchId(id)) return [id];
    return z
      .array(z.string())
      .catch([])
      .parse(await this.#blocking().settings.setting(batchSetting(id)));
  }

  /** Blocks again whom an undo let go, or whom a crash left out. */
  async #block(
    clients: readonly string[],
    blocking: Blocking,
    io: { err(line: string): void },
  ): Promise<boolean> {
    const nowMs = this.#now().getTime();
    return withLease(blocking, nowMs, async () => {
      const memory = await BlockMemory.load(blocking.settings);
      for (const client of clients) {
        const { unblocked: _, ask: __, ...one } = memory.get(client) ?? { client: '' };
        if ('untilMs' in one) memory.put(one);
      }
      return apply(memory, blocking, nowMs, io);
    });
  }

  async *list(): AsyncIterable<Resource[]> {
    yield [];
  }
}
