import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

/** A cluster of machines that is steered through one address. */
export interface ClusterState {
  kind: 'cluster';
  name: string;
  tags: { [key: string]: string };
  status: string;
  /**
   * `publicAccess`, `privateAccess`: where it answers; `publicCidrs`: to whom on the internet; `autoUpgrade`: whether it
   * installs patches by itself, left out where the provider has no such setting.
   */
  settings: { [name: string]: Json };
  /** What this cloud's clusters do not have at all. */
  lacks?: readonly 'narrowing'[];
}

export function describeClusterChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
