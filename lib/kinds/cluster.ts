import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

/** A cluster of machines that is steered through one address. */
export interface ClusterState {
  kind: 'cluster';
  name: string;
  tags: { [key: string]: string };
  status: string;
  /** `publicAccess`, `privateAccess`: where it answers; `publicCidrs`: to whom on the internet. */
  settings: { [name: string]: Json };
}

export function describeClusterChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
