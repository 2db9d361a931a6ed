import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

/** A machine, a template that machines are made from, or the port by which a machine is on a network. */
export interface InstanceState {
  kind: 'instance';
  name: string | null;
  tags: { [key: string]: string };
  service: 'instance' | 'launch-template' | 'port';
  status: string;
  /** Calls to the metadata service without a token in the last two weeks; null where nobody knows. */
  tokenlessCalls: number | null;
  /** At which the internet reaches it; left out where nobody looked. */
  publicAddresses?: readonly string[];
  /** `httpTokens`: `required` or `optional`; `httpEndpoint`; `hopLimit`. Of a port: `portSecurity`. */
  settings: { [name: string]: Json };
}

export function describeInstanceChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
