import { brokenAt, type Case, type Entry, fold } from '../cases.ts';
import { canonical } from '../fingerprint.ts';
import type { History } from '../ports.ts';

/** Why the history of a case cannot be trusted, or null. A case that is not there is reported too. */
export async function verify(
  history: Pick<History, 'get' | 'entries'>,
  caseId: string,
): Promise<string | null> {
  for (;;) {
    const head = await history.get(caseId);
    const entries = await history.entries(caseId);
    if (head === null) return entries.length === 0 ? 'there is no such case' : 'the case itself is missing';
    const why = brokenAt(entries, head) ?? changedHead(entries, head);
    if (why === null) return null;
    // An entry appended between the two reads looks like a broken chain; only a case at rest is judged.
    const again = await history.get(caseId);
    if (again?.hash === head.hash) return why;
  }
}

/** Only what the stored case has: a later version may fold more, at any depth. */
function changedHead(entries: readonly Entry[], head: Case): string | null {
  const folded: Partial<Case> = entries.reduce<Case | null>(fold, null) ?? {};
  for (const [field, value] of Object.entries(head)) {
    if (!isKept(value, folded[field as keyof Case])) return `the case's ${field} was changed`;
  }
  return null;
}

function isKept(stored: unknown, folded: unknown): boolean {
  if (Array.isArray(stored)) {
    const others = Array.isArray(folded) && folded.length === stored.length ? folded : null;
    return others?.every((one, at) => isKept(stored[at], one)) ?? false;
  }
  if (stored === null || typeof stored !== 'object' || folded === null || typeof folded !== 'object')
    return canonical(stored) === canonical(folded);
  const later: { [field: string]: unknown } = { ...folded };
  return Object.entries(stored).every(([field, value]) => isKept(value, later[field]));
}
