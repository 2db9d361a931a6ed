import type { CaseQuery } from '../ports.ts';
import { searchOf } from './words.ts';

export type Filter =
  | 'resourceKey'
  | 'actor'
  | 'open'
  | 'outcome'
  | 'severity'
  | 'control'
  | 'account'
  | 'provider';

/** The properties that have an index, those that leave fewest cases first. */
const bySelectivity: readonly Filter[] = [
  'resourceKey',
  'actor',
  'open',
  'outcome',
  'severity',
  'control',
  'account',
  'provider',
];

/**
 * The filters of a query, the one whose index is walked first. What is closed is nearly everything, so that
 * has no index. A search by text walks its own list of words, unless one resource is asked for.
 */
export function filtersOf(query: CaseQuery): {
  indexed: Filter | null;
  others: Filter[];
  search: { starts: [string, ...string[]]; parts: string[]; isWalked: boolean } | null;
} {
  const asked = bySelectivity.filter((name) => query[name] !== undefined);
  const isWalked = query.text !== undefined && query.resourceKey === undefined;
  const search = query.text === undefined ? null : { ...searchOf(query.text), isWalked };
  if (isWalked) return { indexed: null, others: asked, search };
  const indexed = asked.find((name) => name !== 'open' || query.open === true) ?? null;
  return { indexed, others: asked.filter((name) => name !== indexed), search };
}
