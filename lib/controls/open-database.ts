import * as z from 'zod';
import type { EndpointState } from '../kinds/endpoint.ts';
import type { Exposure, Finding } from '../model.ts';
import { control } from './control.ts';
import { wellKept } from './endpoint-example.ts';
import { findingOf, noChanges, reachOf, toldOnly } from './endpoint-exposures.ts';

function check(state: EndpointState): Finding | null {
  const open = state.databases.filter((one) => one.withoutPassword);
  const exposures = open.map(
    ({ id, engine, how }): Exposure => ({
      part: 'databases',
      id,
      what: `${id} (${engine}) answers without a password: ${how}`,
      to: reachOf(state),
      severity: 'critical',
      tell: toldOnly,
    }),
  );
  return findingOf(exposures, state);
}

const redis = {
  id: 'tcp/6379',
  port: 6379,
  engine: 'redis',
  withoutPassword: false,
  how: '-NOAUTH Authentication required.',
};

export const openDatabase = control({
  name: 'open-database',
  kind: 'endpoint',
  title: 'A database that answers without a password',
  remedy: 'tells which; unexpected-port closes the rule that lets it in',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check,
  fix: noChanges,
  examples: {
    bad: { ...wellKept, databases: [{ ...redis, withoutPassword: true, how: 'DBSIZE was answered' }] },
    good: { ...wellKept, databases: [redis] },
  },
});
