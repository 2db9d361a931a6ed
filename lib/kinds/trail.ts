import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

/** Something that watches the account: an audit trail, a configuration recorder, a threat detector, flow logs. */
export interface TrailState {
  kind: 'trail';
  name: string | null;
  tags: { [key: string]: string };
  /** `cloudtrail`, `config`, `guardduty`, `flow-log`. */
  service: string;
  /** False where it was deleted: that is worth telling, and there is nothing left to turn on. */
  exists: boolean;
  /** `on`: whether it watches now. `selectors`: which events a trail keeps, as the provider says it. */
  settings: { [name: string]: Json };
}

export function describeTrailChange(change: Change): string {
  if (change.op !== 'set') return `${change.op} ${change.value.id}`;
  if (change.id === 'on') return change.to === true ? 'start it again' : 'stop it';
  return describeSetting(change);
}
