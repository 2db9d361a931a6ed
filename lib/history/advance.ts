import { type Case, type Entry, fold, type NewEntry, type Story, seal } from '../cases.ts';
import { RetryableError, TerminalError } from '../errors.ts';
import type { OutcomeName, ProviderName, Severity } from '../model.ts';
import { resourceKey } from '../model.ts';
import { millisOf } from './position.ts';
import { wordsText } from './words.ts';

/** What both stores do alike with one more entry. Pure. */

/** The entries that people are told of; the others only lead to one of these. */
const tellable: ReadonlySet<Story['type']> = new Set([
  'asked',
  'held',
  'approved',
  'denied',
  'snoozed',
  'escalated',
  'unanswered',
  'told',
  'fixed',
  'unfixed',
  'failed',
  'undone',
  'refused',
  'exempt',
  'closed',
]);

/** Of a key that is being replaced, people are told when the new one has reached its owner, and until when. */
export const isTellable = (story: Story): boolean =>
  tellable.has(story.type) || (story.type === 'rotation' && story.rotation.step === 'verify');

/** What cases are found by. */
export interface Facts {
  resourceKey: string;
  control: string;
  account: string;
  provider: ProviderName;
  severity: Severity;
  outcome: OutcomeName;
  actor: string | null;
  open: boolean;
  openedMs: number;
  /** What a search by text compares. */
  words: string;
}

export function factsOf(held: Case): Facts {
  return {
    resourceKey: resourceKey(held.resource),
    control: held.control,
    account: held.resource.account,
    provider: held.resource.provider,
    severity: held.severity,
    outcome: held.outcome,
    actor: held.actor?.name ?? null,
    open: held.closedAt === null,
    openedMs: millisOf(held.openedAt, 'openedAt'),
    words: wordsText(held),
  };
}

/**
 * Seals the entry behind the case as it stands and folds it in. Throws RetryableError when somebody else
 * appended first, TerminalError when this entry can never stand there.
 */
export function advance(
  before: Case | null,
  entry: NewEntry,
  expectedSeq: number,
): { sealed: Entry; after: Case } {
  millisOf(entry.at, 'at');
  if (entry.caseId === '') throw new TerminalError('a case needs an id');
  if ((entry.story.type === 'opened') !== (expectedSeq === 0)) {
    throw new TerminalError(`${entry.story.type} cannot be entry ${expectedSeq + 1} of case ${entry.caseId}`);
  }
  const seq = before?.seq ?? 0;
  if (seq > expectedSeq) throw appendedFirst(entry.caseId, expectedSeq);
  if (seq < expectedSeq) {
    throw new TerminalError(`case ${entry.caseId} has ${seq} entries, not ${expectedSeq}`);
  }
  const sealed = seal(entry, seq + 1, before?.hash ?? '');
  return { sealed, after: fold(before, sealed) };
}

export function appendedFirst(caseId: string, expectedSeq: number): RetryableError {
  return new RetryableError(
    `somebody else appended entry ${expectedSeq + 1} of case ${caseId} first; read it again`,
  );
}
