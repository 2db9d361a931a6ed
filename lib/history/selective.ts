import type { CaseQuery } from '../ports.ts';

export type Filter = 'resourceKey' | 'actor' | 'open' | 'outcome' | 'control' | 'account';

/** The properties that have an index, those that leave fewest cases first. */
const bySelectivity: readonly Filter[] = ['resourceKey', 'actor', 'open', 'outcome', 'control', 'account'];

/**
 * The filters of a query, the one whose index is walked first. What is closed is nearly everything, so that
 * has no index.
 */
export function filtersOf(query: CaseQuery): { indexed: Filter | null; others: Filter[] } {
  const asked = bySelectivity.filter((name) => query[name] !== undefined);
  const indexed = asked.find((name) => name !== 'open' || query.open === true) ?? null;
  return { indexed, others: asked.filter((name) => name !== indexed) };
}
