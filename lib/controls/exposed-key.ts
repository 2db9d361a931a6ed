import * as z from 'zod';
import type { CredentialState } from '../kinds/credential.ts';
import { control } from './control.ts';

/** What the loop remembers of a key once an exposure report has named it. */
export const reported = 'reported';

const dayMs = 86_400_000;

const good: CredentialState = {
  kind: 'credential',
  name: 'deploy',
  tags: {},
  createdAt: '2026-01-10T08:00:00.000Z',
  lastUsedAt: null,
  otherActiveKeys: 1,
  isQuarantined: false,
  settings: { status: 'Active' },
};

/** A user's only key that was used within a day: without it something stops. */
function isNeeded({ lastUsedAt, otherActiveKeys }: CredentialState, now: Date): boolean {
  return otherActiveKeys === 0 && lastUsedAt !== null && now.getTime() - Date.parse(lastUsedAt) < dayMs;
}

export const exposedKey = control({
  name: 'exposed-key',
  kind: 'credential',
  title: 'An access key that is reported as exposed still works',
  remedy: 'deactivates that key and no other',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check(state, { now, seenOn = [] }) {
    if (state.settings.status !== 'Active') return null;
    if (!state.isQuarantined && !seenOn.includes(reported)) return null;
    const owner = state.name ?? 'the root user';
    const exposure = {
      part: 'settings',
      id: 'status',
      what: `an access key of ${owner}`,
      to: 'whoever has found it',
      severity: 'critical' as const,
      ...(state.name === null && { tell: 'only the root user itself can take its key away' }),
      ...(state.lacks?.includes('deactivation') && {
        tell: 'this cloud cannot switch a key off: replace it',
      }),
      ...(isNeeded(state, now) && { ask: `it is the only active key of ${owner} and was used within a day` }),
    };
    const by = state.isQuarantined ? 'AWS put its owner into quarantine' : 'a report names it';
    return {
      severity: 'critical',
      why: `An exposed access key of ${owner} works: ${by}.`,
      exposures: [exposure],
    };
  },
  fix: (state, exposures) =>
    exposures.length === 0 || state.name === null
      ? []
      : [{ op: 'set', part: 'settings', id: 'status', from: state.settings.status, to: 'Inactive' }],
  examples: { bad: { ...good, isQuarantined: true }, good },
});
