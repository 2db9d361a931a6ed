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

/** Only the fields that the stored case has: a later version may fold more of them. */
function changedHead(entries: readonly Entry[], head: Case): string | null {
  const folded: Partial<Case> = entries.reduce<Case | null>(fold, null) ?? {};
  for (const [field, value] of Object.entries(head)) {
    if (canonical(value) !== canonical(folded[field as keyof Case])) return `the case's ${field} was changed`;
  }
  return null;
}
