import * as z from 'zod';
import type { AccountState } from '../kinds/account.ts';
import { control } from './control.ts';

const good: AccountState = {
  kind: 'account',
  name: null,
  tags: {},
  settings: {},
  facts: { rootAccessKeys: 0, rootMfa: true },
};

export const rootKey = control({
  name: 'root-key',
  kind: 'account',
  title: 'The root user has an access key',
  remedy: 'nothing can be fixed: only the root user itself can delete its key',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check({ facts }) {
    if (!(Number(facts.rootAccessKeys) > 0)) return null;
    return {
      severity: 'critical',
      why: 'The root user has an access key, which no policy limits: sign in as root and delete it.',
      exposures: [
        {
          part: 'settings',
          id: 'rootAccessKeys',
          what: 'everything in the account',
          to: 'whoever has the key of the root user',
          severity: 'critical',
          tell: 'only the root user itself can delete its key',
        },
      ],
    };
  },
  fix: () => [],
  examples: { bad: { ...good, facts: { rootAccessKeys: 1, rootMfa: true } }, good },
});
