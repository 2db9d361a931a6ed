import * as z from 'zod';
import type { InstanceState } from '../kinds/instance.ts';
import { control } from './control.ts';

const good: InstanceState = {
  kind: 'instance',
  name: 'web-1',
  tags: {},
  service: 'port',
  status: 'ACTIVE',
  tokenlessCalls: null,
  publicAddresses: ['198.51.100.7'],
  settings: { portSecurity: true },
};

export const unfilteredPort = control({
  name: 'unfiltered-port',
  kind: 'instance',
  title: 'A machine with a public address has a port that no security group filters',
  remedy: 'turns port security on; until somebody gives the port a group, nothing gets in',
  defaultMode: 'ask',
  options: z.strictObject({}),
  check({ name, settings, publicAddresses = [] }) {
    if (settings.portSecurity !== false || publicAddresses.length === 0) return null;
    const exposure = {
      part: 'settings',
      id: 'portSecurity',
      what: `everything that listens at ${publicAddresses.join(' and ')}`,
      to: 'the whole internet',
      severity: 'high',
    } as const;
    const why = `Port ${name ?? 'without a name'} has port security off: no security group stands before ${publicAddresses.join(', ')}.`;
    return { severity: 'high', why, exposures: [exposure] };
  },
  fix: () => [{ op: 'set', part: 'settings', id: 'portSecurity', from: false, to: true }],
  examples: { bad: { ...good, settings: { portSecurity: false } }, good },
});
