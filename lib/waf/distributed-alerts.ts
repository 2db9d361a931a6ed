import * as z from 'zod';
import type { AttackNews } from '../logs/attack-alerts.ts';
import type { Json } from '../model.ts';
import type { Judgement } from './distributed.ts';
import { said } from './rule-book.ts';

const Attack = z.object({
  sinceMs: z.number(),
  lastMs: z.number(),
  told: z.number(),
  requests: z.number(),
  clients: z.number(),
  what: z.string(),
  perMinute: z.array(z.number()),
  /** The windows that are counted, by their starts, to how many requests. */
  windows: z.array(z.tuple([z.number(), z.number()])),
});
type Attack = z.infer<typeof Attack>;

const quietMs = 15 * 60_000;
const windowsHeld = 60;

/** Attacks by many clients as news: begins, grew tenfold, is over. Pure but for what it remembers. */
export class DistributedAlerts {
  #attack: Attack | null;

  constructor(kept: unknown = null) {
    this.#attack = Attack.safeParse(kept).data ?? null;
  }

  kept(): Json {
    return this.#attack;
  }

  see(windows: readonly Judgement[], nowMs: number): AttackNews[] {
    const news: AttackNews[] = [];
    if (this.#attack && nowMs >= this.#attack.lastMs + quietMs) {
      news.push(newsOf('over', this.#attack));
      this.#attack = null;
    }
    for (const { found } of windows) {
      if (!found) continue;
      const isNew = this.#attack === null;
      const attack = withWindow(this.#attack, found, nowMs);
      this.#attack = attack;
      if (!isNew && attack.requests < attack.told * 10) continue;
      attack.told = attack.requests;
      news.push(newsOf(isNew ? 'begins' : 'grows', attack));
    }
    return news;
  }
}

/** A window is looked at while it fills: its latest count replaces the one before. */
function withWindow(known: Attack | null, found: NonNullable<Judgement['found']>, nowMs: number): Attack {
  const { attack, fromMs, rule } = found;
  const others = (known?.windows ?? []).filter(([at]) => at !== fromMs);
  const windows = [...others, [fromMs, attack.requests] as [number, number]].slice(-windowsHeld);
  return {
    sinceMs: known?.sinceMs ?? fromMs,
    lastMs: nowMs,
    told: known?.told ?? 0,
    requests: windows.reduce((sum, [, requests]) => sum + requests, 0),
    clients: Math.max(known?.clients ?? 0, attack.clients),
    what: said(rule),
    perMinute: windows.map(([, requests]) => requests),
    windows,
  };
}

function newsOf(
  news: AttackNews['news'],
  { sinceMs, requests, clients, what, perMinute }: Attack,
): AttackNews {
  const shape = { blocked: 0, detectors: ['distributed'], examples: [] };
  return { news, sinceMs, requests, clients, what, perMinute: [...perMinute], ...shape };
}
