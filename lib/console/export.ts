import type { Case } from '../cases.ts';
import type { CaseQuery, History } from '../ports.ts';
import { csvHead, csvLine } from './csv.ts';

/** The cases that the filters leave, to take away. */

/** What fits into one answer of a function; the rest is one link further. */
const casesMax = 5000;
const pageSize = 500;

export interface Exported {
  cases: Case[];
  /** Where the rest begins; null when this is all. */
  cursor: string | null;
}

export async function exported(
  history: Pick<History, 'find'>,
  query: Omit<CaseQuery, 'limit'>,
): Promise<Exported> {
  const cases: Case[] = [];
  let cursor: string | null = query.cursor ?? null;
  do {
    const more: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await history.find({ ...query, ...more, limit: pageSize });
    cases.push(...page.cases);
    cursor = page.cursor;
  } while (cursor !== null && cases.length < casesMax);
  return { cases, cursor };
}

/** With a mark of its encoding, without which some spreadsheets guess. */
export function asCsv({ cases }: Exported): string {
  return `\ufeff${csvHead}${cases.map(csvLine).join('')}`;
}

export function asJson({ cases, cursor }: Exported): string {
  const lines = cases.map((one) => {
    const { caseId, resource, resourceName, control, severity, outcome, why, exposures } = one;
    const { actor, eventName, since, openedAt, closedAt, changes } = one;
    const what = { caseId, resource, resourceName, control, severity, outcome, why, exposures };
    return { ...what, actor, eventName, since, openedAt, closedAt, changes };
  });
  return `${JSON.stringify({ cases: lines, cursor })}\n`;
}
