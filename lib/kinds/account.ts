import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';
import type { PolicyStatement } from './statement.ts';

/**
 * Settings of a whole account: in the region `global` its block of public buckets and its root user, in each
 * other region what new volumes get. Null: the account has no such configuration.
 */
export interface AccountState {
  kind: 'account';
  name: string | null;
  tags: { [key: string]: string };
  settings: { [name: string]: Json };
  /** Facts that nothing sets: `rootAccessKeys`, `rootMfa`. */
  facts: { [name: string]: Json };
  /** Whom a block of public buckets might cut off; null where that could not be told, left out where not asked. */
  live?: LiveBucket[] | null;
}

/** A bucket that lets others in; `grants` are the ids of those that name everybody or the delivery of logs. */
export interface LiveBucket {
  name: string;
  owner: string;
  grants: string[];
  statements: PolicyStatement[];
  accessPointStatements: (PolicyStatement & { accessPoint: string })[];
}

export function describeAccountChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
