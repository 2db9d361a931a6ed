import type { Change, Json } from '../model.ts';
import { type BucketGrant, describeBucketChange } from './bucket.ts';
import { describeSetting } from './describe-setting.ts';
import type { PolicyStatement } from './statement.ts';

/**
 * Something that watches the account: an audit trail, a configuration recorder, a threat detector, flow logs, and
 * the rules and queues that this service itself gets its events through.
 */
export interface TrailState {
  kind: 'trail';
  name: string | null;
  tags: { [key: string]: string };
  /** `cloudtrail`, `config`, `guardduty`, `flow-log`, and those of `ownServices`. */
  service: string;
  /** False where it was deleted: that is worth telling, and worth restoring where its shape is known. */
  exists: boolean;
  /**
   * `on`: whether it watches now. `selectors`: which events a trail keeps, as the provider says it. `shape`: all
   * that is needed to make it anew, in the provider's own words; null where it does not exist.
   */
  settings: { [name: string]: Json };
  /** The bucket that its records go to; null for none, or for one that is not this account's. */
  bucket: LogBucket | null;
  /** That bucket's access list and policy. */
  grants: BucketGrant[];
  statements: PolicyStatement[];
}

export interface LogBucket {
  name: string;
  owner: string;
  /** Its access list, or its policy, lets nobody from outside in, whatever it says. */
  ignoresGrants: boolean;
  ignoresStatements: boolean;
}

/** What this service itself gets its events through. */
export const ownServices: ReadonlySet<string> = new Set([
  'event-rule',
  'event-bus',
  'queue',
  'event-source',
  'function',
]);

/** What a provider has not said. */
export const noLogBucket = { bucket: null, grants: [], statements: [] } satisfies Partial<TrailState>;

export function describeTrailChange(change: Change): string {
  if (change.op !== 'set') return `${describeBucketChange(change)} of its log bucket`;
  if (change.id === 'concurrency')
    return change.to === null ? 'let it run again' : `let at most ${change.to} of it run at once`;
  if (change.id === 'on') return change.to === true ? 'start it again' : 'stop it';
  if (change.id !== 'shape') return describeSetting(change);
  if (change.to === null) return 'delete it again';
  return change.from === null ? 'make it anew as it was' : 'put back what was taken from it';
}

/** Whether what is there now is worth being made anew like this. */
export function keepsItsShape({ exists, settings }: TrailState): boolean {
  return exists && settings.shape !== undefined && settings.shape !== null && settings.on !== false;
}

/** Deleted; where a shape is known, whoever made it anew left one. */
export function isDeleted({ exists, settings }: TrailState): boolean {
  return settings.shape === undefined ? !exists : settings.shape === null;
}
