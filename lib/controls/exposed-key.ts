import * as z from 'zod';
import type { CredentialState } from '../kinds/credential.ts';
import { quarantine, type Report, reportsIn } from '../leaks/reports.ts';
import type { Change, Exposure } from '../model.ts';
import { control } from './control.ts';

const dayMs = 86_400_000;

const good: CredentialState = {
  kind: 'credential',
  name: 'deploy',
  tags: {},
  createdAt: '2026-01-10T08:00:00.000Z',
  lastUsedAt: null,
  otherActiveKeys: 1,
  otherKeys: 1,
  isQuarantined: false,
  settings: { status: 'Active', sessionsDeniedBefore: null },
};

/** A user's only key that was used within a day: without it something stops. */
function isNeeded({ lastUsedAt, otherActiveKeys }: CredentialState, now: Date): boolean {
  return otherActiveKeys === 0 && lastUsedAt !== null && now.getTime() - Date.parse(lastUsedAt) < dayMs;
}

/**
 * Why this key is taken to be exposed. AWS's quarantine is about the owner: it speaks of this key only where the owner has
 * no other.
 */
function reportOf(state: CredentialState, seenOn: readonly string[], now: Date): Report | null {
  const reports = reportsIn(seenOn).toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const named = reports.filter((one) => one.what !== quarantine);
  const found = named.find((one) => one.sure) ?? named[0] ?? null;
  if (found !== null || !state.isQuarantined || state.form === 'sessions') return found;
  const held = reports[0] ?? { by: "AWS's quarantine of its owner", what: quarantine, at: now.toISOString() };
  return { ...held, sure: (state.otherKeys ?? state.otherActiveKeys) === 0 };
}

/** What a person must decide, or only can do by hand. */
function doubts(state: CredentialState, report: Report, now: Date): Pick<Exposure, 'ask' | 'tell'> {
  const { name, otherActiveKeys, otherKeys = otherActiveKeys } = state;
  if (name === null) return { tell: 'only the root user itself can take its key away: sign in as root' };
  if (state.lacks?.includes('deactivation'))
    return { tell: 'this cloud cannot switch a key off: replace it' };
  if (state.isManaged)
    return { tell: 'AWS lets nobody change this role: end its sessions where they are given out' };
  // It is AWS that speaks of one of several keys; where one has been dealt with, that was it.
  if (report.what === quarantine && otherKeys > otherActiveKeys)
    return { tell: 'another key of its owner is inactive already, and AWS does not say which one it found' };
  if (!report.sure) return { ask: `${report.by} may still be about its owner, or about another key` };
  if (isNeeded(state, now)) return { ask: `it is the only active key of ${name} and was used within a day` };
  return {};
}

/** When the newest session that may be in the wrong hands was given out, as far as is known. */
function deniedSince({ form, settings, lastUsedAt }: CredentialState, report: Report): string {
  // A key that is inactive gave out its last session when it was last used.
  if (form === 'sessions' || settings.status === 'Active' || lastUsedAt === null) return report.at;
  return lastUsedAt > report.at ? lastUsedAt : report.at;
}

export const exposedKey = control({
  name: 'exposed-key',
  kind: 'credential',
  title: 'An access key or a session that is reported as exposed still works',
  remedy: 'deactivates that key and no other, and refuses the sessions that its owner was given before',
  defaultMode: 'fix',
  inquires: true,
  options: z.strictObject({}),
  check(state, { now, seenOn = [] }) {
    const report = reportOf(state, seenOn, now);
    if (report === null) return null;
    const { form = 'key', settings } = state;
    const owner = state.name ?? 'the root user';
    const severity = report.sure ? ('critical' as const) : ('high' as const);
    const found = { part: 'settings', to: 'whoever has found it', severity, ...doubts(state, report, now) };
    const exposures: Exposure[] = [];
    if (form === 'key' && settings.status === 'Active')
      exposures.push({ ...found, id: 'status', what: `an access key of ${owner}` });
    const { sessionsDeniedBefore } = settings;
    // Left out where the cloud's keys give out no sessions.
    const isRefused =
      sessionsDeniedBefore === undefined || (sessionsDeniedBefore ?? '') >= deniedSince(state, report);
    const isOpen = form === 'sessions' || settings.status === 'Active' || wasInUse(state, report);
    if (isOpen && state.name !== null && !isRefused)
      exposures.push({ ...found, id: 'sessionsDeniedBefore', what: `the sessions that ${owner} was given` });
    if (exposures.length === 0) return null;
    const what =
      form === 'key' ? `An exposed access key of ${owner} works` : `A session of ${owner} is exposed`;
    const next = form === 'key' ? `; "snapshut rotate" gives ${owner} a new one` : '';
    return { severity, why: `${what}: ${report.by}${next}.`, exposures };
  },
  fix(state, exposures, { now, seenOn = [] }) {
    const report = reportOf(state, seenOn, now);
    if (report === null || state.name === null || state.isManaged || state.lacks?.includes('deactivation'))
      return [];
    const { status, sessionsDeniedBefore = null } = state.settings;
    const named = (id: string) => exposures.some((one) => one.id === id);
    const changes: Change[] = [];
    if (named('status'))
      changes.push({ op: 'set', part: 'settings', id: 'status', from: status, to: 'Inactive' });
    if (named('sessionsDeniedBefore'))
      changes.push({
        op: 'set',
        part: 'settings',
        id: 'sessionsDeniedBefore',
        from: sessionsDeniedBefore,
        to: deniedSince(state, report),
      });
    return changes;
  },
  examples: { bad: { ...good, otherActiveKeys: 0, otherKeys: 0, isQuarantined: true }, good },
});

/** GetSessionToken and GetFederationToken give sessions for at most 36 hours. */
const longestSessionMs = 36 * 3_600_000;

/** An inactive key can have given out sessions that still live; where nobody knows of its use, too. */
function wasInUse({ lastUsedAt }: CredentialState, report: Report): boolean {
  return lastUsedAt === null || Date.parse(report.at) - Date.parse(lastUsedAt) < longestSessionMs;
}
