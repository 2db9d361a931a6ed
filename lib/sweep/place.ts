import * as z from 'zod';
import { fingerprint } from '../fingerprint.ts';
import type { Loop } from '../loop.ts';
import { type Stretch, stretchKey } from './stretch.ts';

/** How far a sweep has come, kept in the history while it runs, so that a broken-off one goes on where it was. */
export const SweepPlace = z.object({
  startedAt: z.iso.datetime(),
  /** Fingerprint of what is swept: another policy file makes another sweep. */
  of: z.string(),
  /** The stretch that is on its way; all before it are done. */
  stretch: z.string(),
  /** Key of the last resource of it that is done; null: none yet. */
  after: z.string().nullable(),
  done: z.number(),
  /** What could not be read so far, in sentences. */
  unread: z.array(z.string()),
  unreadCount: z.number(),
});
export type SweepPlace = z.infer<typeof SweepPlace>;

const setting = 'sweep/place';
const leaseKey = 'sweep';
const leaseMs = 120_000;
/** How often the place is written down, at most; what is done in between may be looked at twice. */
const everyMs = 2_000;
/** An older sweep says too little about what is open now. */
const oldestMs = 24 * 3_600_000;
/** How many sentences are kept; the rest is counted. */
export const unreadMost = 100;

/** Keeps the place of one sweep. A second sweep beside it keeps none, and neither does a dry run. */
export class PlaceKeeper {
  readonly #loop: Loop;
  readonly #owner: string;
  readonly #of: string;
  readonly #stretches: readonly Stretch[];
  #holds = false;
  #writtenMs = 0;

  constructor(loop: Loop, stretches: readonly Stretch[]) {
    this.#loop = loop;
    this.#owner = `${loop.owner}/${loop.newId()}`;
    this.#stretches = stretches;
    this.#of = fingerprint(stretches.map((one) => [stretchKey(one), [...one.scope.regions]]));
  }

  /** Where to begin: behind what a broken-off sweep has done, unless told to begin anew. */
  async begin(fromStart: boolean): Promise<SweepPlace> {
    const { history, now, dryRun } = this.#loop;
    const fresh = this.#fresh();
    if (dryRun) return fresh;
    this.#holds = await history.lease(leaseKey, this.#owner, now().getTime() + leaseMs, now().getTime());
    if (!this.#holds || fromStart) return fresh;
    const stored = SweepPlace.safeParse(await history.setting(setting));
    return stored.success && this.#isUsable(stored.data) ? stored.data : fresh;
  }

  async keep(place: SweepPlace, { now: isDue = false } = {}): Promise<void> {
    const nowMs = this.#loop.now().getTime();
    if (!this.#holds || (!isDue && nowMs - this.#writtenMs < everyMs)) return;
    this.#writtenMs = nowMs;
    await this.#loop.history.set(setting, place);
    await this.#loop.history.lease(leaseKey, this.#owner, nowMs + leaseMs, nowMs);
  }

  /** After the end: `place` null where all is done, else from where the next sweep goes on. */
  async end(place: SweepPlace | null): Promise<void> {
    if (!this.#holds) return;
    await this.#loop.history.set(setting, place);
    await this.#loop.history.release(leaseKey, this.#owner);
    this.#holds = false;
  }

  #fresh(): SweepPlace {
    const [first] = this.#stretches;
    return {
      startedAt: this.#loop.now().toISOString(),
      of: this.#of,
      stretch: first ? stretchKey(first) : '',
      after: null,
      done: 0,
      unread: [],
      unreadCount: 0,
    };
  }

  #isUsable({ of, startedAt, stretch }: SweepPlace): boolean {
    const ageMs = Math.abs(this.#loop.now().getTime() - Date.parse(startedAt));
    const isThere = this.#stretches.some((one) => stretchKey(one) === stretch);
    return of === this.#of && ageMs < oldestMs && isThere;
  }
}
