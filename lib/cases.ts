import { fingerprint, keyOfChange } from './fingerprint.ts';
import type { State } from './kinds.ts';
import type {
  Actor,
  Exposure,
  OutcomeName,
  ReportedFinding,
  Resource,
  Severity,
  ToldChange,
} from './model.ts';
import type { Rotation } from './rotation/rotation.ts';
import { beforeBoth } from './settle.ts';

/** The life of a finding on a resource: entries are the history, the case is what they add up to. Pure. */

/** Who writes the note about what a resource did of late. */
export const inquirer = 'inquiry';

/** What an entry says besides who, when and on which case. */
export type Story =
  | {
      type: 'opened';
      resource: Resource;
      resourceName: string | null;
      control: string;
      severity: Severity;
      why: string;
      exposures: Exposure[];
      actor: Actor | null;
      eventName: string;
      /** When the event says it happened; null where unknown. */
      since: string | null;
      /** Findings of others that led to it, to be closed with it. */
      findings?: ReportedFinding[];
    }
  /**
   * Stored before the first change; `before` is what a crashed run comes back to. `by` is `policy`, or who
   * approved: the approval and the intent are one entry, so that no crash can part them.
   */
  | { type: 'intent'; changes: ToldChange[]; before: State; planFingerprint: string; by: string }
  /** `after` is the state's fingerprint on the read that proved it. `changes` carry the ids they got. */
  | {
      type: 'fixed';
      changes: ToldChange[];
      after: string;
      why: string;
      open: boolean;
      /** How far the replacement of the key is with it. */
      rotation?: Rotation;
      /** What of the intent is still meant to be done, and may have been done already. */
      rest?: ToldChange[];
    }
  /** `changes`: what is left to do; `done`: what did get through. */
  | { type: 'unfixed'; why: string; changes: ToldChange[]; done: ToldChange[]; after: string }
  | { type: 'failed'; why: string; rotation?: Rotation }
  /** A key is being replaced: the step that comes next, recorded before it is taken. */
  | { type: 'rotation'; rotation: Rotation; why: string }
  /** `cause`: who made the change that led to this question, where it was not who opened the case. */
  | ({ type: 'asked' } & Question)
  | ({ type: 'held' } & Question)
  /** The first of two people who must approve. */
  | { type: 'approved'; by: string; planFingerprint: string; why: string }
  | { type: 'snoozed'; by: string; until: string; why: string }
  /** Nobody answered: asked again, elsewhere or by name. */
  | { type: 'escalated'; why: string; channel: string | null; mention: string | null }
  /** Nobody answered after that either, and nothing is done. */
  | { type: 'unanswered'; why: string }
  | { type: 'told'; why: string; changes: ToldChange[] }
  | { type: 'denied'; by: string; until: string }
  | { type: 'exempt'; why: string; until: string; by: string }
  /** `until`: how long what is put back may stay. */
  | { type: 'undo-intent'; by: string; changes: ToldChange[]; until: string }
  | { type: 'undone'; by: string; changes: ToldChange[]; exemptUntil: string }
  | { type: 'refused'; why: string; by: string }
  /** Found clean (or gone) without us. */
  | { type: 'closed'; outcome: 'clean' | 'gone' | 'refused'; why: string; rotation?: Rotation }
  | { type: 'note'; text: string; by: string };

interface Question {
  why: string;
  changes: ToldChange[];
  planFingerprint: string;
  expiresAt: string;
  cause?: string;
}

/** What waits for an answer. What older entries do not say is left out. */
export interface Asked {
  planFingerprint: string;
  expiresAt: string;
  /** ISO 8601, when this question was put. */
  since?: string;
  /** Who has approved already where two must. */
  approvedBy?: string[];
  /** Who led to this question besides who opened the case. */
  causes?: string[];
  snoozedUntil?: string;
  /** ISO 8601, when it was put to somebody else because nobody answered. */
  escalatedAt?: string;
  /** ISO 8601, when it was settled that nobody answers. */
  unansweredAt?: string;
}

/** `eventId` is the trigger that led to the entry. */
export interface NewEntry {
  caseId: string;
  at: string;
  eventId: string;
  story: Story;
}

/** `hash` covers everything else in the entry, `previous` included; `seq` counts from 1. */
export interface Entry extends NewEntry {
  seq: number;
  previous: string;
  hash: string;
}

export interface Case {
  caseId: string;
  resource: Resource;
  resourceName: string | null;
  control: string;
  severity: Severity;
  why: string;
  exposures: Exposure[];
  actor: Actor | null;
  eventName: string;
  since: string | null;
  findings?: ReportedFinding[];
  outcome: OutcomeName;
  openedAt: string;
  /** Null while something is left to do or to decide. */
  closedAt: string | null;
  /** What was shut; before that, what would be. */
  changes: ToldChange[];
  /** What our fixes changed and nobody put back yet, in order: what undo inverts. */
  shut: ToldChange[];
  /** The approval that is waited for. */
  asked: Asked | null;
  /** Changes that may or may not have reached the cloud; settled by the next read. */
  intent: { changes: ToldChange[]; before: State; by: string } | null;
  undoIntent: { changes: ToldChange[]; by: string; until: string } | null;
  /** How far the replacement of a key is; left out where none was begun. */
  rotation?: Rotation;
  /** The note about what the resource did of late is written. */
  inquired?: true;
  /** Fingerprint of the state that our fix left behind; null where there is nothing to undo. */
  after: string | null;
  updatedAt: string;
  /** Seq and hash of the last entry: a cut tail shows. */
  seq: number;
  hash: string;
}

/** The case after one more sealed entry. The first entry must be `opened`. */
export function fold(before: Case | null, entry: Entry): Case {
  const { story } = entry;
  const stamp = { updatedAt: entry.at, seq: entry.seq, hash: entry.hash };
  if (story.type === 'opened') return { ...opened(entry, story), ...stamp };
  if (before === null) throw new Error(`case ${entry.caseId} does not begin with an opened entry`);
  const rotation = 'rotation' in story && story.rotation ? { rotation: story.rotation } : {};
  return { ...before, ...step(before, story, entry.at), ...rotation, ...stamp };
}

function opened(entry: Entry, story: Extract<Story, { type: 'opened' }>): Case {
  const { type: _, ...facts } = story;
  return {
    caseId: entry.caseId,
    ...facts,
    // Nothing has been done yet; the next entry says what was.
    outcome: 'unfixed',
    openedAt: entry.at,
    closedAt: null,
    changes: [],
    shut: [],
    asked: null,
    intent: null,
    undoIntent: null,
    after: null,
    updatedAt: entry.at,
    seq: entry.seq,
    hash: entry.hash,
  };
}

function step(before: Case, story: Exclude<Story, { type: 'opened' }>, at: string): Partial<Case> {
  switch (story.type) {
    case 'intent': {
      const open = before.intent;
      const changes = union(open?.changes ?? [], story.changes);
      return {
        intent: { changes, before: open ? beforeBoth(open, story.before) : story.before, by: story.by },
        asked: null,
      };
    }
    case 'fixed': {
      const shut = union(before.shut, story.changes);
      const closedAt = story.open ? null : at;
      return {
        outcome: 'fixed',
        changes: shut,
        shut,
        after: story.after,
        intent: before.intent && story.rest?.length ? { ...before.intent, changes: story.rest } : null,
        asked: null,
        closedAt,
      };
    }
    // The intent stays open: what did get through is still ours to settle.
    case 'unfixed': {
      const shut = union(before.shut, story.done);
      return { outcome: 'unfixed', changes: story.changes, shut, after: story.after };
    }
    // An undo that did not come out right is for a person: it must not run again by itself.
    case 'failed':
      return { outcome: 'failed', undoIntent: null };
    case 'asked':
    case 'held': {
      const { planFingerprint, expiresAt, cause } = story;
      const causes = [...new Set([...(before.asked?.causes ?? []), ...(cause === undefined ? [] : [cause])])];
      const asked = { planFingerprint, expiresAt, since: at, causes };
      return { outcome: story.type, changes: story.changes, asked };
    }
    case 'approved': {
      const approvedBy = [...(before.asked?.approvedBy ?? []), story.by];
      return before.asked === null ? {} : { asked: { ...before.asked, approvedBy } };
    }
    case 'snoozed': {
      if (before.asked === null) return {};
      // Its time begins anew behind the snooze.
      const { escalatedAt: _, unansweredAt: __, ...asked } = before.asked;
      return { asked: { ...asked, snoozedUntil: story.until } };
    }
    case 'unanswered':
      return before.asked === null ? {} : { asked: { ...before.asked, unansweredAt: at } };
    case 'escalated':
      return before.asked === null ? {} : { asked: { ...before.asked, escalatedAt: at } };
    case 'told':
      return { outcome: 'told', why: story.why, changes: story.changes };
    case 'denied':
    case 'exempt':
      return { outcome: 'exempt', asked: null, intent: null, closedAt: at };
    case 'undo-intent':
      return { undoIntent: { changes: story.changes, by: story.by, until: story.until }, closedAt: null };
    case 'undone':
      // Whatever was put back, the key is not being replaced any more.
      if (before.rotation) return { ...undone(at), rotation: { ...before.rotation, step: 'stopped' } };
      return undone(at);
    case 'closed':
      return { outcome: story.outcome, asked: null, intent: null, undoIntent: null, closedAt: at };
    case 'rotation':
      // The owner is told of a delivered key, and until when the old one works.
      return story.rotation.step === 'verify'
        ? { outcome: 'told', why: story.why, asked: null }
        : { asked: null };
    case 'note':
      return story.by === inquirer ? { inquired: true } : {};
    case 'refused':
      return {};
  }
}

function undone(at: string): Partial<Case> {
  return {
    outcome: 'undone',
    shut: [],
    after: null,
    undoIntent: null,
    intent: null,
    asked: null,
    closedAt: at,
  };
}

function union(known: readonly ToldChange[], more: readonly ToldChange[]): ToldChange[] {
  const keys = new Set(known.map(keyOfChange));
  return [...known, ...more.filter((change) => !keys.has(keyOfChange(change)))];
}

/** Seals an entry behind the one whose hash is `previous` (empty for the first). */
export function seal(entry: NewEntry, seq: number, previous: string): Entry {
  const body = {
    caseId: entry.caseId,
    at: entry.at,
    eventId: entry.eventId,
    story: entry.story,
    seq,
    previous,
  };
  return { ...body, hash: fingerprint(body) };
}

/** Why a case's history cannot be trusted, or null. */
export function brokenAt(entries: readonly Entry[], head: Pick<Case, 'seq' | 'hash'>): string | null {
  let previous = '';
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== index + 1) return `entry ${index + 1} is missing`;
    const { hash, ...body } = entry;
    if (entry.previous !== previous || fingerprint(body) !== hash) return `entry ${entry.seq} was changed`;
    previous = hash;
  }
  const last = entries.at(-1);
  if (head.seq !== entries.length || head.hash !== (last?.hash ?? '')) return 'the last entries are missing';
  return null;
}
