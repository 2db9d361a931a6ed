import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { History } from '../ports.ts';
import type { Position } from './follow.ts';

const Kept = z.array(z.object({ atMs: z.number(), inode: z.string(), offset: z.number() }));
type Checkpoint = z.infer<typeof Kept>[number];

const everyMs = 60_000;
const apartMs = 5 * 60_000;

/**
 * Where a followed log was read to, and when. A restarted process begins as far back as a window reaches, so that it
 * counts as if it had not been away; who was blocked for those records is not blocked for them again.
 */
export class Checkpoints {
  readonly #settings: Pick<History, 'setting' | 'set'>;
  readonly #name: string;
  readonly #reachMs: number;
  #kept: Checkpoint[];

  private constructor(
    settings: Pick<History, 'setting' | 'set'>,
    name: string,
    reachMs: number,
    kept: Checkpoint[],
  ) {
    this.#settings = settings;
    this.#name = name;
    this.#reachMs = reachMs;
    this.#kept = kept;
  }

  /** `reachMs`: how long a record may matter. */
  static async load(
    settings: Pick<History, 'setting' | 'set'>,
    followed: string,
    reachMs: number,
  ): Promise<Checkpoints> {
    const name = `followed/${createHash('sha256').update(followed).digest('hex').slice(0, 32)}`;
    const kept = Kept.safeParse(await settings.setting(name));
    return new Checkpoints(settings, name, reachMs, kept.success ? kept.data : []);
  }

  /** Null: nobody followed this before. */
  get start(): Checkpoint | null {
    return this.#kept[0] ?? null;
  }

  /** Stores the position now and then. */
  async note(position: Position | null, nowMs: number): Promise<void> {
    const last = this.#kept.at(-1);
    if (!position || (last && nowMs < last.atMs + everyMs)) return;
    // What began with another file begins anew.
    const ofThis = this.#kept.filter((one) => one.inode === position.inode);
    const before = ofThis.at(-2);
    const isClose = before !== undefined && nowMs < before.atMs + apartMs;
    const kept = [...(isClose ? ofThis.slice(0, -1) : ofThis), { atMs: nowMs, ...position }];
    while (kept.length > 1 && (kept[1]?.atMs ?? nowMs) <= nowMs - this.#reachMs) kept.shift();
    this.#kept = kept;
    await this.#settings.set(this.#name, kept);
  }
}
