import type { Deed, Step } from './deed.ts';
import type { Replica } from './replica.ts';

const ranks: { [name in Step['do']]: number } = {
  make: 0,
  fill: 1,
  put: 1,
  set: 1,
  note: 1,
  count: 1,
  choose: 2,
  amend: 2,
  take: 3,
  end: 4,
};

/** By time, and by what must come first within the same second, so that the order of the files changes nothing. */
export function inTime(a: Deed, b: Deed): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  const isMade = Number(b.step.do === 'make') - Number(a.step.do === 'make');
  return isMade || compare(a.resource.id, b.resource.id) || byRank(a, b);
}

function byRank(a: Deed, b: Deed): number {
  return ranks[a.step.do] - ranks[b.step.do] || compare(a.eventId, b.eventId);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Deeds of one record, which happened at once. */
export type Act = readonly [Deed, ...Deed[]];

/**
 * Takes the next act of those that happened within the same second: what fits the state, before what is unclear,
 * before what contradicts it (a rule that stands must have been closed before it was opened again).
 */
export function takeNext(acts: Act[], replica: Replica): Act {
  const marks = { fits: 0, unclear: 1, contradicts: 2 };
  const worst = (act: Act) => Math.max(...act.map((deed) => marks[replica.fit(deed.step)]));
  const next =
    acts.length === 1 ? acts[0] : acts.toSorted((a, b) => worst(a) - worst(b) || byRank(a[0], b[0]))[0];
  if (next === undefined) throw new Error('no act is left');
  acts.splice(acts.indexOf(next), 1);
  return next;
}
