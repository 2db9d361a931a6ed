import type { Act, NewAct } from './acts.ts';
import type { Case, Entry, NewEntry } from './cases.ts';
import type { Kind, State } from './kinds.ts';
import type {
  Change,
  Exemption,
  Hint,
  Json,
  OutcomeName,
  ProviderName,
  Resource,
  Severity,
} from './model.ts';
import type { Rotator } from './rotation/rotator.ts';

/** What stands between the loop and the world. Adapters live in providers/, history/ and notify/. */

/**
 * What a provider says about a resource now. `gone` only when the provider said so; anything unexpected is
 * an `error`, which never leads to a change.
 */
export type Reading =
  | { status: 'found'; state: State }
  | { status: 'gone' }
  | { status: 'error'; error: Error };

/** One account as the policy file names it. */
export interface AccountScope {
  provider: ProviderName;
  account: string;
  regions: readonly string[];
}

export interface Provider {
  readonly name: ProviderName;
  readonly kinds: readonly Kind[];
  /** The guarded resources behind what an event named; usually that resource itself. */
  resolve(hint: Hint): Promise<Resource[]>;
  /** Reads resources together where the cloud can; the answers stand in the order of the questions. */
  read(resources: readonly Resource[]): Promise<Reading[]>;
  /** The state with what costs too many calls to be in every read; left out where there is no more. */
  lookFurther?(resource: Resource, state: State): Promise<State>;
  /**
   * Like `read`, for a first look at many: what is without effect in a resource may be left out of its state, and so
   * may tags. A control that minds nothing in it would mind nothing in the whole. No change may rest on it.
   */
  glance?(resources: readonly Resource[]): Promise<Reading[]>;
  /**
   * Applies one change and answers it as it now is (an added element has its new id). "Already so" is success.
   * Throws RetryableError or TerminalError.
   */
  apply(resource: Resource, change: Change): Promise<Change>;
  /**
   * The shape that a watcher had, from what the event of its deletion says of it (`Hint.before`); null where that is
   * not enough to make it anew.
   */
  shapeBefore?(resource: Resource, before: Json): Json;
  /** Whether what a deleted watcher of this shape watched is gone too, so that nobody misses it. */
  isMoot?(resource: Resource, shape: Json): Promise<boolean>;
  /**
   * What the resource itself did of late, in a sentence (the calls of a key); null where that says nothing of it. What could
   * not be asked is in the sentence; throws where nothing could.
   */
  deedsOf?(resource: Resource): Promise<string | null>;
  /** Every resource of a kind in one region, in pages. */
  list(account: string, region: string, kind: Kind): AsyncIterable<Resource[]>;
  /** How this key is replaced by a new one; null, or left out, where it cannot be. */
  rotator?(resource: Resource): Rotator | null;
}

export interface CaseQuery {
  /** Inclusive lower and exclusive upper bound of `openedAt`, ISO 8601. */
  since?: string;
  until?: string;
  resourceKey?: string;
  control?: string;
  outcome?: OutcomeName;
  actor?: string;
  account?: string;
  provider?: ProviderName;
  severity?: Severity;
  open?: boolean;
  /** Words that words of the resource's id or name begin with; one of them of three letters at least. */
  text?: string;
  limit: number;
  cursor?: string;
}

export interface CasePage {
  cases: Case[];
  /** Null on the last page. */
  cursor: string | null;
}

export interface Reservation {
  /** What is counted together: `fixes/aws/123456789012`. */
  counter: string;
  /** Counted once however often it is asked for. */
  id: string;
  max: number;
  windowMs: number;
  nowMs: number;
}

/**
 * The stored cases, append-only and hash-chained per case, and the few settings the loop needs.
 * Two stores (SQLite, DynamoDB) pass one contract suite.
 */
export interface History {
  /** True for exactly one owner at a time; the same owner may renew. */
  lease(key: string, owner: string, untilMs: number, nowMs: number): Promise<boolean>;
  release(key: string, owner: string): Promise<void>;

  /**
   * Adds an entry behind entry `expectedSeq` (0: a new case) and folds it into the case, atomically.
   * Throws RetryableError when somebody else appended first.
   */
  append(entry: NewEntry, expectedSeq: number): Promise<Case>;
  /** The newest case of this resource and control, open or not. */
  latest(resourceKey: string, control: string): Promise<Case | null>;
  /** Open cases of a resource, whatever the control. */
  openCases(resourceKey: string): Promise<Case[]>;
  get(caseId: string): Promise<Case | null>;
  entries(caseId: string): Promise<Entry[]>;
  /** Newest first. */
  find(query: CaseQuery): Promise<CasePage>;
  /** How many times this control fixed this resource since then. */
  fixesSince(resourceKey: string, control: string, sinceMs: number): Promise<number>;

  /**
   * Cases with entries that people have not been told of yet, the longest waiting first; with `channel`, those of
   * them that this channel has not told.
   */
  untold(limit: number, channel?: string): Promise<Case[]>;
  /** The last entry that this channel has told; 0: none of the case. */
  toldBy(caseId: string, channel: string): Promise<number>;
  /**
   * Everything up to this entry has been told: by this channel, and once each of `all` has, to everybody. Without
   * `by` there is nobody left to tell.
   */
  told(caseId: string, seq: number, by?: { channel: string; all: readonly string[] }): Promise<void>;

  /** Takes one of `max` places in the window; false when all are taken. */
  reserve(reservation: Reservation): Promise<boolean>;

  exempt(exemption: Exemption): Promise<void>;
  /** All exemptions of a resource, also ended ones. */
  exemptions(resourceKey: string): Promise<Exemption[]>;
  /** All exemptions, newest end first. */
  allExemptions(): Promise<Exemption[]>;

  /** Adds to the list of what people did by hand, which is append-only and chained as one. */
  record(act: NewAct): Promise<Act>;
  /** Newest first; those before `before`. */
  acts(limit: number, before?: number): Promise<Act[]>;

  /** `frozen` (the kill switch), `count/aws/123456789012/firewall` (last sweep), cursors. */
  setting(name: string): Promise<Json>;
  set(name: string, value: Json): Promise<void>;

  close(): Promise<void>;
}

/**
 * One channel that tells people. Throws when the message was not delivered; it is tried again. `since`: the last
 * entry that this channel has told (0: none); it gets every entry, in order.
 */
export interface Notifier {
  readonly name: string;
  tell(about: Case, entries: readonly Entry[], since: number): Promise<void>;
}

/** A message as it was put, handed out for the `tries`th time. */
export interface Delivery {
  id: number;
  eventId: string | null;
  body: string;
  receivedMs: number;
  tries: number;
}

export interface DeadLetter extends Delivery {
  reason: string;
  deadMs: number;
}

export interface InboxCounts {
  waiting: number;
  /** Handed out, or put off until later. */
  taken: number;
  dead: number;
  /** Of what is waiting or taken; null when nothing is. */
  oldestAgeMs: number | null;
}

/** The durable queue of the one-process service. What was accepted is done, waiting, or dead with a reason. */
export interface Inbox {
  /** False when an event of this id was accepted before; an event without an id is always accepted. */
  put(eventId: string | null, body: string, nowMs: number): Promise<boolean>;
  /** Up to `count` messages, the longest waiting first; each comes again unless it is finished in time. */
  take(count: number, nowMs: number, visibilityMs: number): Promise<Delivery[]>;
  done(id: number, nowMs: number): Promise<void>;
  /** Still being worked on: it does not come again before then. */
  extend(id: number, untilMs: number): Promise<void>;
  /** Hands it out again at `atMs`, or buries it with this reason when it has had all its tries. */
  retry(id: number, reason: string, atMs: number): Promise<void>;
  /** No further try can help. */
  dead(id: number, reason: string, nowMs: number): Promise<void>;
  /** Newest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Gives one dead letter, or all, every try again; answers how many. */
  redrive(nowMs: number, id?: number): Promise<number>;
  /** Forgets what was done before then: its duplicates would be accepted. */
  forget(beforeMs: number): Promise<number>;
  counts(nowMs: number): Promise<InboxCounts>;
  close(): Promise<void>;
}
