import type { Case } from '../cases.ts';
import { openForMs } from '../describe-case.ts';

/** What many cases add up to: one day's figures are small, and days add up to months. Pure. */

export interface Figures {
  cases: number;
  shut: number;
  openMsSum: number;
  /** How many were open that long until shut, by `bucketOf`. */
  openFor: Counts;
  byControl: Counts;
  byAccount: Counts;
  byActor: Counts;
  bySeverity: Counts;
  byOutcome: Counts;
  /** Cases opened, by hour: `2026-11-24T09`. */
  byHour: Counts;
}
export type Counts = { [name: string]: number };

const namesMax = 200;

export function noFigures(): Figures {
  const counts = { byControl: {}, byAccount: {}, byActor: {}, bySeverity: {}, byOutcome: {}, byHour: {} };
  return { cases: 0, shut: 0, openMsSum: 0, openFor: {}, ...counts };
}

/** Counts one more case in. */
export function count(into: Figures, one: Case): void {
  into.cases += 1;
  add(into.byControl, one.control);
  add(into.byAccount, `${one.resource.provider}/${one.resource.account}`);
  if (one.actor !== null) add(into.byActor, one.actor.name);
  add(into.bySeverity, one.severity);
  add(into.byOutcome, one.outcome);
  add(into.byHour, one.openedAt.slice(0, 13));
  const openMs = openForMs(one);
  if (openMs === null) return;
  into.shut += 1;
  into.openMsSum += openMs;
  add(into.openFor, String(bucketOf(openMs)));
}

export function together(days: readonly Figures[]): Figures {
  const sum = noFigures();
  for (const day of days) {
    sum.cases += day.cases;
    sum.shut += day.shut;
    sum.openMsSum += day.openMsSum;
    const lists = [
      'openFor',
      'byControl',
      'byAccount',
      'byActor',
      'bySeverity',
      'byOutcome',
      'byHour',
    ] as const;
    for (const list of lists) {
      for (const [name, times] of Object.entries(day[list]))
        add(sum[list], name, times, Number.POSITIVE_INFINITY);
    }
  }
  return sum;
}

/** Under hostile names a plain object would have a prototype; and a day keeps only so many names. */
function add(counts: Counts, name: string, times = 1, most = namesMax): void {
  const key = Object.hasOwn(counts, name) || Object.keys(counts).length < most ? name : 'others';
  const known = Object.hasOwn(counts, key) ? (counts[key] ?? 0) : 0;
  Object.defineProperty(counts, key, {
    value: known + times,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** The most first. */
export function most(counts: Counts, limit: number): [string, number][] {
  return Object.entries(counts)
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, limit);
}

/** Sixteen buckets to a doubling: a time read back is at most 2.2 % off. */
const perDoubling = 16;

export function bucketOf(ms: number): number {
  return Math.round(Math.log2(Math.max(1, ms)) * perDoubling);
}

/** The time below which this share (0.5: the median) of what was shut had been open; null without any. */
export function quantileMs(
  { openFor, shut }: Pick<Figures, 'openFor' | 'shut'>,
  share: number,
): number | null {
  if (shut === 0) return null;
  let left = Math.max(1, Math.ceil(shut * share));
  for (const [bucket, times] of Object.entries(openFor).toSorted(([a], [b]) => Number(a) - Number(b))) {
    left -= times;
    if (left <= 0) return 2 ** (Number(bucket) / perDoubling);
  }
  return null;
}
