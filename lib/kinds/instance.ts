import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

/** A machine, or a template that machines are made from. */
export interface InstanceState {
  kind: 'instance';
  name: string | null;
  tags: { [key: string]: string };
  service: 'instance' | 'launch-template';
  status: string;
  /** Calls to the metadata service without a token in the last two weeks; null where nobody knows. */
  tokenlessCalls: number | null;
  /** `httpTokens`: `required` or `optional`; `httpEndpoint`; `hopLimit`. */
  settings: { [name: string]: Json };
}

export function describeInstanceChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
