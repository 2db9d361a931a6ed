import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

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
}

export function describeAccountChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
