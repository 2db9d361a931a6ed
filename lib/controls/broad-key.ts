import * as z from 'zod';
import type { CredentialState } from '../kinds/credential.ts';
import { control } from './control.ts';

const good: CredentialState = {
  kind: 'credential',
  name: 'deploys',
  tags: {},
  service: 'api-key',
  createdAt: null,
  lastUsedAt: null,
  otherActiveKeys: 0,
  isQuarantined: false,
  lacks: ['deactivation'],
  settings: { status: 'Active' },
};

const reaches = {
  everything: 'may do everything in the whole organization',
  'further-credentials': 'may make further credentials, which outlive it',
};

export const broadKey = control({
  name: 'broad-key',
  kind: 'credential',
  title: 'A key may do more than any task needs: everything, or make further keys',
  remedy: 'tells which; what a key needs is known only to whoever uses it',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check({ name, reach }) {
    if (reach === undefined) return null;
    const exposure = {
      part: 'settings',
      id: 'status',
      what: `a key that ${reaches[reach]}`,
      to: 'whoever has it',
    };
    const tell = 'give it a role of its own task, and take this one back';
    const why = `A key of ${name ?? 'somebody'} ${reaches[reach]}.`;
    return { severity: 'medium', why, exposures: [{ ...exposure, severity: 'medium', tell }] };
  },
  fix: () => [],
  examples: { bad: { ...good, reach: 'everything' }, good },
});
