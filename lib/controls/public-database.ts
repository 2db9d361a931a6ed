import * as z from 'zod';
import type { DatabaseState } from '../kinds/database.ts';
import type { Exposure } from '../model.ts';
import { control } from './control.ts';

const words: { [service: string]: string } = {
  rds: 'Database',
  'rds-cluster': 'Database cluster',
  redshift: 'Data warehouse',
  dms: 'Replication instance',
  msk: 'Kafka cluster',
};
/** AWS has no call that makes these private. */
const unchangeables = new Set(['dms', 'rds-cluster']);
const setting = 'publiclyAccessible';

const bad: DatabaseState = {
  kind: 'database',
  name: 'orders',
  tags: {},
  service: 'rds',
  status: 'available',
  encrypted: true,
  settings: { [setting]: true },
};

export const publicDatabase = control({
  name: 'public-database',
  kind: 'database',
  title: 'A database has an address on the internet',
  remedy: 'makes it not publicly accessible; one that is being modified is tried again later',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check(state) {
    if (state.settings[setting] !== true) return null;
    const thing = words[state.service] ?? 'Store';
    const exposure: Exposure = {
      part: 'settings',
      id: setting,
      what: `${thing.toLowerCase()} ${state.name}`,
      to: 'whoever its security groups let in from the internet',
      severity: 'critical',
    };
    const unchangeable = 'whether it is public is decided when it is made: replace it by a private one';
    const exposures = [unchangeables.has(state.service) ? { ...exposure, tell: unchangeable } : exposure];
    const why = `${thing} ${state.name} is publicly accessible: it has an address on the internet.`;
    return { severity: 'critical', why, exposures };
  },
  fix: () => [{ op: 'set', part: 'settings', id: setting, from: true, to: false }],
  examples: { bad, good: { ...bad, settings: { [setting]: false } } },
});
