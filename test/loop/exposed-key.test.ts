import { describe, expect, it } from 'vitest';
import { exposedKey } from '../../lib/controls/exposed-key.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import type { CredentialState } from '../../lib/kinds/credential.ts';
import type { Resource, Trigger } from '../../lib/model.ts';
import { afterChanges } from '../../lib/providers/memory.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { makeWorld, type World } from './harness.ts';

const account = '123456789012';
const key = (id: string): Resource => ({
  provider: 'memory',
  account,
  region: 'global',
  kind: 'credential',
  id,
});
const leaked = key('AKIAIOSFODNN7EXAMPLE');
const roleSessions = key(`arn:aws:iam::${account}:role/web`);

const active: CredentialState = {
  kind: 'credential',
  name: 'deploy',
  tags: {},
  createdAt: '2026-01-10T08:00:00.000Z',
  lastUsedAt: '2026-11-24T07:00:00.000Z',
  otherActiveKeys: 1,
  otherKeys: 1,
  isQuarantined: false,
  settings: { status: 'Active', sessionsDeniedBefore: null },
};
const sessions: CredentialState = { ...active, form: 'sessions', name: 'web', lastUsedAt: null };

const report = (what = leaked.id, sure = true): Trigger => ({
  eventId: `leak of ${what}`,
  at: '2026-11-24T08:00:00.000Z',
  actor: null,
  name: 'AWS Health Event',
  leak: { by: 'AWS Health', what, sure },
});
const look: Trigger = { eventId: 'look', at: null, actor: null, name: 'sweep' };

function world(state: CredentialState = active, resource = leaked): World {
  const made = makeWorld({ controls: [exposedKey] });
  made.cloud.put(resource, state);
  return made;
}

async function settingsOf({ cloud }: World, resource = leaked) {
  const [reading] = await cloud.read([resource]);
  return reading?.status === 'found' && reading.state.kind === 'credential' ? reading.state.settings : null;
}

const now = '2026-11-24T08:00:30.000Z';

describe('a key that is reported as exposed', () => {
  it('is deactivated, and the sessions that its owner was given before are refused: one case, one undo', async () => {
    const { loop, ...rest } = world();

    const [fixed] = await reconcile(leaked, report(), loop);

    expect(fixed).toMatchObject({ outcome: 'fixed', control: 'exposed-key' });
    expect(fixed?.changes.map((one) => one.text)).toEqual([
      'deactivate the key',
      `refuse the sessions issued before ${now}`,
    ]);
    expect(await settingsOf({ loop, ...rest })).toEqual({ status: 'Inactive', sessionsDeniedBefore: now });

    const undone = await undo({ caseId: String(fixed?.caseId), by: 'ann', exemptMs: 3_600_000 }, loop);
    expect(undone.outcome).toBe('undone');
    expect(await settingsOf({ loop, ...rest })).toEqual(active.settings);
    expect((await reconcile(leaked, report(), loop))[0]?.outcome).toBe('exempt');
  });

  it('the same report again, or two at once, change nothing more and tell nobody again', async () => {
    const one = world();
    await Promise.all([reconcile(leaked, report(), one.loop), reconcile(leaked, report(), one.loop)]);
    one.clock.nowMs += 86_400_000;
    const again = await reconcile(leaked, report(), one.loop);

    expect(again.map((each) => each.outcome)).toEqual(['clean']);
    expect(one.told.map((each) => each.outcome)).toEqual(['fixed']);
    expect(await settingsOf(one)).toEqual({ status: 'Inactive', sessionsDeniedBefore: now });
  });

  it('is gone where somebody deleted it before we came, and in the middle', async () => {
    const one = world();
    one.cloud.remove(leaked);
    expect((await reconcile(leaked, report(), one.loop))[0]?.outcome).toBe('gone');

    const two = world();
    const apply = two.cloud.apply.bind(two.cloud);
    two.cloud.apply = async (resource, change) => {
      two.cloud.remove(leaked);
      return apply(resource, change);
    };
    expect((await reconcile(leaked, report(), two.loop))[0]?.outcome).toBe('gone');
  });

  it('is left alone without a report, and asked about where the report is a doubt', async () => {
    const one = world();
    expect((await reconcile(leaked, look, one.loop))[0]?.outcome).toBe('clean');
    expect((await reconcile(leaked, report(leaked.id, false), one.loop))[0]?.outcome).toBe('asked');
    expect((await settingsOf(one))?.status).toBe('Active');
    // The same question whenever it is looked at: an approval has to fit it.
    one.clock.nowMs += 60_000;
    expect((await reconcile(leaked, look, one.loop))[0]?.outcome).toBe('asked');
    expect(one.told).toHaveLength(1);
    // Somebody is sure by now.
    expect((await reconcile(leaked, report(), one.loop))[0]?.outcome).toBe('fixed');
  });

  it.each([
    ['the only key of a service in use', { otherActiveKeys: 0, otherKeys: 0 }, 'asked'],
    [
      'the only key, not used for a month',
      { otherActiveKeys: 0, otherKeys: 0, lastUsedAt: '2026-10-01T00:00:00.000Z' },
      'fixed',
    ],
    ['a key of the root user', { name: null }, 'told'],
  ] as const)('%s: %j is %s', async (_what, over, outcome) => {
    const one = world({ ...active, ...over });
    expect((await reconcile(leaked, report(), one.loop))[0]?.outcome).toBe(outcome);
  });

  it('that a person had deactivated before: what it gave out meanwhile is refused', async () => {
    const one = world({ ...active, settings: { status: 'Inactive', sessionsDeniedBefore: null } });
    const [fixed] = await reconcile(leaked, report(), one.loop);
    expect(fixed?.changes.map((each) => each.text)).toEqual([`refuse the sessions issued before ${now}`]);

    const old = { ...active, lastUsedAt: '2026-11-01T00:00:00.000Z' };
    const two = world({ ...old, settings: { status: 'Inactive', sessionsDeniedBefore: null } });
    expect((await reconcile(leaked, report(), two.loop))[0]?.outcome).toBe('clean');
  });
});

describe("AWS's quarantine of a user", () => {
  it.each([
    ['with one key: that key', { otherActiveKeys: 0, otherKeys: 0, lastUsedAt: null }, 'fixed'],
    ['with two active keys: nobody knows which', {}, 'asked'],
    [
      'with another key that is inactive already: it was that one',
      { otherActiveKeys: 0, otherKeys: 1, lastUsedAt: null },
      'told',
    ],
  ] as const)('%s', async (_what, over, outcome) => {
    const one = world({ ...active, isQuarantined: true, ...over });
    expect((await reconcile(leaked, look, one.loop))[0]?.outcome).toBe(outcome);
    one.clock.nowMs += 60_000;
    await reconcile(leaked, look, one.loop);
    expect(one.told).toHaveLength(1);
  });
});

describe('the sessions of a role', () => {
  it('are refused from the report on, and a further session that leaks later moves the time', async () => {
    const one = world(sessions, roleSessions);
    const at = (minutes: number) => new Date(Date.parse(now) + minutes * 60_000).toISOString();

    expect((await reconcile(roleSessions, report('ASIA1'), one.loop))[0]?.outcome).toBe('fixed');
    one.clock.nowMs += 300_000;
    // GuardDuty says the same again every few minutes.
    expect((await reconcile(roleSessions, report('ASIA1'), one.loop))[0]?.outcome).toBe('clean');
    expect((await settingsOf(one, roleSessions))?.sessionsDeniedBefore).toBe(now);
    const [second] = await reconcile(roleSessions, report('ASIA2'), one.loop);

    expect(second?.changes.map((each) => each.text)).toEqual([`refuse the sessions issued before ${at(5)}`]);
    const undone = await undo({ caseId: String(second?.caseId), by: 'ann', exemptMs: 1000 }, one.loop);
    expect(undone.outcome).toBe('undone');
    expect((await settingsOf(one, roleSessions))?.sessionsDeniedBefore).toBe(now);
  });

  it('of a role that only AWS can change are told', async () => {
    const one = world({ ...sessions, isManaged: true }, roleSessions);
    expect((await reconcile(roleSessions, report('ASIA1'), one.loop))[0]?.outcome).toBe('told');
  });
});

describe('what the key did', () => {
  it('is a note in the case, once, after the key is shut', async () => {
    const one = world();
    let asked = 0;
    Object.assign(one.cloud, {
      deedsOf: async () => {
        asked += 1;
        return `${(await settingsOf(one))?.status}: 12 calls`;
      },
    });
    const [fixed] = await reconcile(leaked, report(), one.loop);
    await reconcile(leaked, report(), one.loop);

    const entries = await one.history.entries(String(fixed?.caseId));
    expect(entries.map((each) => each.story.type)).toEqual(['opened', 'intent', 'fixed', 'note']);
    expect(entries.at(-1)?.story).toMatchObject({ text: 'Inactive: 12 calls' });
    expect(asked).toBe(1);
  });

  it.each([
    ['the event that comes again', (one: World) => reconcile(leaked, report(), one.loop)],
    ['the housekeeping, where no event comes again', (one: World) => settleLeftovers(one.loop)],
  ])('is not lost in a crash between the fix and the note: %s writes it', async (_what, again) => {
    const one = world();
    Object.assign(one.cloud, { deedsOf: () => Promise.resolve('12 calls') });
    const append = one.history.append.bind(one.history);
    one.history.append = async (entry, seq) => {
      if (entry.story.type === 'note') throw new Error('the process dies');
      return append(entry, seq);
    };
    await expect(reconcile(leaked, report(), one.loop)).rejects.toThrow('the process dies');
    one.history.append = append;

    await again(one);
    await again(one);

    const { cases } = await one.history.find({ limit: 5 });
    const entries = await one.history.entries(String(cases[0]?.caseId));
    expect(entries.map((each) => each.story.type)).toEqual(['opened', 'intent', 'fixed', 'note']);
    expect(cases).toHaveLength(1);
  });

  it('cannot be listed: the key is shut all the same, and the note says why', async () => {
    const one = world();
    Object.assign(one.cloud, {
      deedsOf: async () => {
        throw new Error('AccessDenied');
      },
    });
    const [fixed] = await reconcile(leaked, report(), one.loop);

    expect(fixed?.outcome).toBe('fixed');
    const entries = await one.history.entries(String(fixed?.caseId));
    expect(entries.at(-1)?.story).toMatchObject({ text: 'What it did could not be listed: AccessDenied.' });
  });
});

it('a fix of the sessions alone touches no key', () => {
  const settings = {
    now: new Date(now),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };
  const seenOn = [`leak ${now} sure ASIA1 GuardDuty`];
  const found = exposedKey.check(sessions, { ...settings, seenOn });
  const changes = exposedKey.fix(sessions, found?.exposures ?? [], { ...settings, seenOn });
  expect(afterChanges(sessions, changes).settings).toEqual({ status: 'Active', sessionsDeniedBefore: now });
});
