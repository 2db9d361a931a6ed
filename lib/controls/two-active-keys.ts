import * as z from 'zod';
import type { CredentialState } from '../kinds/credential.ts';
import { control } from './control.ts';

const dayMs = 86_400_000;

const good: CredentialState = {
  kind: 'credential',
  name: 'deploy',
  tags: {},
  createdAt: '2026-01-10T08:00:00.000Z',
  lastUsedAt: null,
  otherActiveKeys: 0,
  isQuarantined: false,
  settings: { status: 'Active' },
};

export const twoActiveKeys = control({
  name: 'two-active-keys',
  kind: 'credential',
  title: 'A user has two active access keys, and this one was never used',
  remedy: 'deactivates the key that was never used',
  defaultMode: 'ask',
  options: z.strictObject({
    /** A new key is given so long to be used. */
    unusedMaxDays: z.int().min(1).default(30),
  }),
  check({ name, settings, otherActiveKeys, lastUsedAt, createdAt }, { now, options }) {
    if (settings.status !== 'Active' || otherActiveKeys === 0) return null;
    if (lastUsedAt !== null || createdAt === null || name === null) return null;
    if (now.getTime() - Date.parse(createdAt) <= options.unusedMaxDays * dayMs) return null;
    return {
      severity: 'medium',
      why: `Of the active access keys of ${name} the one made on ${createdAt.slice(0, 10)} was never used.`,
      exposures: [
        {
          part: 'settings',
          id: 'status',
          what: `a second access key of ${name}`,
          to: 'whoever has got hold of it',
          severity: 'medium',
        },
      ],
    };
  },
  fix: (state, exposures) =>
    exposures.length === 0
      ? []
      : [{ op: 'set', part: 'settings', id: 'status', from: state.settings.status, to: 'Inactive' }],
  examples: { bad: { ...good, otherActiveKeys: 1 }, good },
});
