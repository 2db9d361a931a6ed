import { fingerprint } from './fingerprint.ts';

/** What people did by hand, whatever came of it: the list that an auditor reads. Pure. */

export interface NewAct {
  /** ISO 8601 */
  at: string;
  by: string;
  /** The role they had; null before they were let in. */
  role: string | null;
  /** `signed in`, `approve`, `freeze`, `export` … */
  act: string;
  /** A case, an address, a filter; null where it is about the service itself. */
  about: string | null;
  outcome: string;
  /** Where the request came from, as far as it is known. */
  from: string | null;
}

/** `hash` covers everything else in the act, `previous` included; `seq` counts from 1. */
export interface Act extends NewAct {
  seq: number;
  previous: string;
  hash: string;
}

export function sealAct(act: NewAct, before: Pick<Act, 'seq' | 'hash'> | null): Act {
  const { at, by, role, about, outcome, from } = act;
  const previous = before?.hash ?? '';
  const body = { at, by, role, act: act.act, about, outcome, from, seq: (before?.seq ?? 0) + 1, previous };
  return { ...body, hash: fingerprint(body) };
}

/** Why a stretch of the list, newest first, cannot be trusted, or null. */
export function brokenActs(newestFirst: readonly Act[]): string | null {
  for (const [at, one] of newestFirst.entries()) {
    const { hash, ...body } = one;
    if (fingerprint(body) !== hash) return `act ${one.seq} was changed`;
    const older = newestFirst[at + 1];
    if (older === undefined) return one.seq === 1 && one.previous !== '' ? 'the first act is missing' : null;
    if (older.seq !== one.seq - 1) return `act ${one.seq - 1} is missing`;
    if (older.hash !== one.previous) return `act ${older.seq} was changed`;
  }
  return null;
}
