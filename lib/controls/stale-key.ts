import * as z from 'zod';
import type { CredentialState } from '../kinds/credential.ts';
import type { Exposure } from '../model.ts';
import { control } from './control.ts';

const dayMs = 86_400_000;

/** The event name under which a person asks for a new key, whatever the age of the old one. */
export const rotateTrigger = 'rotate';

const good: CredentialState = {
  kind: 'credential',
  name: 'deploy',
  tags: {},
  createdAt: '2026-11-01T08:00:00.000Z',
  lastUsedAt: '2026-11-24T06:00:00.000Z',
  otherActiveKeys: 0,
  isQuarantined: false,
  settings: { status: 'Active' },
};

export const staleKey = control({
  name: 'stale-key',
  kind: 'credential',
  title: 'An access key is old, or has not been used for long',
  remedy: 'gives the owner a new key, deactivates the old one once it is not used, deletes it after a hold',
  defaultMode: 'ask',
  rotates: true,
  options: z.strictObject({
    ageMaxDays: z.int().min(1).default(90),
    unusedMaxDays: z.int().min(1).default(90),
  }),
  check(state, { now, options, trigger }) {
    if (trigger === rotateTrigger) return found(state, 'A person asks for a new key');
    if (state.settings.status !== 'Active' || state.createdAt === null) return null;
    const daysSince = (time: string) => (now.getTime() - Date.parse(time)) / dayMs;
    // Dates instead of days: the sentence is the same tomorrow, and is not told again.
    if (daysSince(state.createdAt) > options.ageMaxDays)
      return found(state, `Made on ${dayOf(state.createdAt)}, more than ${options.ageMaxDays} days ago`);
    const usedAt = state.lastUsedAt ?? state.createdAt;
    if (daysSince(usedAt) <= options.unusedMaxDays) return null;
    const last = state.lastUsedAt === null ? 'Never used' : `Not used since ${dayOf(usedAt)}`;
    return found(state, `${last}, for more than ${options.unusedMaxDays} days`);
  },
  fix(state, exposures) {
    if (exposures.length === 0 || state.name === null) return [];
    const from = state.settings.status;
    const to = from === 'Active' ? 'Inactive' : 'Deleted';
    return [{ op: 'set', part: 'settings', id: 'status', from, to }];
  },
  examples: { bad: { ...good, createdAt: '2026-01-10T08:00:00.000Z' }, good },
});

function found(state: CredentialState, reason: string) {
  const owner = state.name ?? 'the root user';
  const severity = 'medium' as const;
  const exposure: Exposure = {
    part: 'settings',
    id: 'status',
    what: `an access key of ${owner}`,
    to: 'whoever has got hold of it in all that time',
    severity,
    ...whyNot(state),
  };
  return { severity, why: `${reason}: an access key of ${owner}.`, exposures: [exposure] };
}

function whyNot(state: CredentialState): Pick<Exposure, 'tell'> {
  if (state.name === null) return { tell: 'only the root user itself can replace its key' };
  if (!state.isOwnerFull) return {};
  return { tell: 'its owner can have no further key: delete the one that is not needed first' };
}

const dayOf = (time: string) => time.slice(0, 10);
