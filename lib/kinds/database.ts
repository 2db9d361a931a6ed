import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';

/** A store of data with an address of its own. */
export interface DatabaseState {
  kind: 'database';
  name: string | null;
  tags: { [key: string]: string };
  /** `rds`, `redshift`, `dms`, `msk`, `efs` … */
  service: string;
  /** The provider's word: `available`, `modifying` … */
  status: string;
  encrypted: boolean | null;
  /** `publiclyAccessible`. */
  settings: { [name: string]: Json };
}

export function describeDatabaseChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : `${change.op} ${change.value.id}`;
}
