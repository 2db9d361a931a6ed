import * as z from 'zod';
import type { AccountScope, History } from './ports.ts';

/** When the service last heard of an account and last looked at everything: marks in the history's settings. */

type Settings = Pick<History, 'setting' | 'set'>;

const LastSweep = z.object({
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  outcomes: z.record(z.string(), z.number()),
});
export type LastSweep = z.infer<typeof LastSweep>;

export interface QueueHealth {
  waiting: number;
  /** Being worked on, or put off until later. */
  taken: number;
  dead: number;
  /** Null when nothing waits, or where it is not known. */
  oldestAgeMs: number | null;
}

const markEveryMs = 60_000;

const eventMark = ({ provider, account }: Pick<AccountScope, 'provider' | 'account'>) =>
  `last-event/${provider}/${account}`;

interface Marking {
  history: Settings;
  /** Nothing is written. */
  dryRun: boolean;
}

/** Notes that events of guarded accounts arrived; at most one write a minute and account. */
export class EventMarks {
  readonly #marking: Marking;
  readonly #guarded: ReadonlySet<string>;
  readonly #marked = new Map<string, number>();

  constructor(marking: Marking, guarded: readonly AccountScope[]) {
    this.#marking = marking;
    this.#guarded = new Set(guarded.map(eventMark));
  }

  async note(about: readonly Pick<AccountScope, 'provider' | 'account'>[], now: Date): Promise<void> {
    if (this.#marking.dryRun) return;
    for (const name of new Set(about.map(eventMark))) {
      if (!this.#guarded.has(name) || now.getTime() - (this.#marked.get(name) ?? 0) < markEveryMs) continue;
      this.#marked.set(name, now.getTime());
      await this.#marking.history.set(name, now.toISOString());
    }
  }
}

/** ISO 8601; null when none was ever seen. */
export async function lastEvent(
  settings: Settings,
  account: Pick<AccountScope, 'provider' | 'account'>,
): Promise<string | null> {
  const at = await settings.setting(eventMark(account));
  return typeof at === 'string' ? at : null;
}

/** Passes a sweep's outcomes on, and notes when it began, when it ended, and what it found. */
export async function* markedSweep<O extends { outcome: string }>(
  outcomes: AsyncIterable<O>,
  { history: settings, dryRun }: Marking,
  now: () => Date,
): AsyncGenerator<O> {
  if (dryRun) return yield* outcomes;
  const startedAt = now().toISOString();
  const counts: { [outcome: string]: number } = {};
  await settings.set('last-sweep', { startedAt, endedAt: null, outcomes: counts });
  for await (const one of outcomes) {
    counts[one.outcome] = (counts[one.outcome] ?? 0) + 1;
    yield one;
  }
  await settings.set('last-sweep', { startedAt, endedAt: now().toISOString(), outcomes: counts });
}

export async function lastSweep(settings: Settings): Promise<LastSweep | null> {
  const stored = LastSweep.safeParse(await settings.setting('last-sweep'));
  return stored.success ? stored.data : null;
}
