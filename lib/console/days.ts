import * as z from 'zod';
import type { History } from '../ports.ts';
import { count, type Figures, noFigures } from './figures.ts';

/**
 * Figures day by day. A day that has settled is counted once and its figures are stored, so that a page of three
 * months reads ninety small settings and not ten thousand cases.
 */

const Counts = z.record(z.string(), z.number());
const Stored = z.object({
  cases: z.number(),
  shut: z.number(),
  openMsSum: z.number(),
  openFor: Counts,
  byControl: Counts,
  byAccount: Counts,
  byActor: Counts,
  bySeverity: Counts,
  byOutcome: Counts,
  byHour: Counts,
});

export interface Days {
  /** Oldest first; a day that could not be counted yet is left out. */
  days: { day: string; figures: Figures }[];
  /** How many days wait for the next look. */
  left: number;
}

const dayMs = 86_400_000;
/** Of the last days cases are still being answered. */
const movingDays = 2;
/** What one look may read; the rest waits for the next. */
const readsMax = 2000;
const pageSize = 250;

type Store = Pick<History, 'find' | 'setting' | 'set'>;

export async function daysUntil(history: Store, now: Date, wanted: number): Promise<Days> {
  const today = Math.floor(now.getTime() / dayMs);
  const budget = { reads: readsMax };
  const days: Days['days'] = [];
  let left = 0;
  // The newest first: they are what people look at, should the budget end.
  for (let ago = 0; ago < wanted; ago++) {
    const figures = await figuresOf(today - ago, ago >= movingDays, history, budget);
    if (figures === null) left += 1;
    else days.unshift({ day: dayOf(today - ago), figures });
  }
  return { days, left };
}

async function figuresOf(
  number: number,
  isSettled: boolean,
  history: Store,
  budget: { reads: number },
): Promise<Figures | null> {
  const name = `figures/${dayOf(number)}`;
  if (isSettled) {
    const stored = Stored.safeParse(await history.setting(name));
    if (stored.success) return stored.data;
  }
  if (budget.reads <= 0) return null;
  const figures = await counted(number, history, budget);
  if (isSettled) await history.set(name, { ...figures });
  return figures;
}

/** A day is read to its end even where it is larger than what was left to read: half a day has no figures. */
async function counted(number: number, history: Store, budget: { reads: number }): Promise<Figures> {
  const figures = noFigures();
  const since = new Date(number * dayMs).toISOString();
  const until = new Date((number + 1) * dayMs).toISOString();
  let cursor: string | null = null;
  do {
    const more: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await history.find({ since, until, limit: pageSize, ...more });
    for (const one of page.cases) count(figures, one);
    budget.reads -= page.cases.length;
    cursor = page.cursor;
  } while (cursor !== null);
  return figures;
}

const dayOf = (number: number) => new Date(number * dayMs).toISOString().slice(0, 10);
