import { describe, expect, it } from 'vitest';
import { approve, deny, snooze } from '../../lib/answer.ts';
import { type ApprovalRules, mayAnswer, noRules, roleOf } from '../../lib/approvers.ts';
import type { Case } from '../../lib/cases.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { firewall, group, makeWorld, opened, rule, type World } from './harness.ts';

const rules: ApprovalRules = {
  ...noRules,
  approvers: [
    { match: { account: '123456789012', severity: ['critical'] }, people: ['UCRIT'] },
    { match: { control: 'public-port' }, people: ['UBOB', 'UALICE', 'SOPS'] },
  ],
  fallback: ['UFALL'],
  admins: ['UADMIN'],
  viewers: ['UVIEW'],
  people: { UALICE: ['*:user/alice', 'alice'], UBOB: ['bob'] },
};

const about = (over: Partial<Case> = {}): Case =>
  ({
    caseId: 'c-1',
    resource: group,
    resourceName: 'web',
    control: 'public-port',
    severity: 'high',
    actor: opened.actor,
    asked: null,
    ...over,
  }) as unknown as Case; // Only what the question is about.

const who = (slackUser: string, ...groups: string[]) => ({ slackUser, groups });
const mallory = { name: 'mallory', type: 'IAMUser', via: null, sourceIp: null };

describe('who may answer', () => {
  it.each([
    ['an approver of the matching scope', who('UBOB'), {}, true],
    ['a member of a group that may', who('UEVE', 'SOPS'), {}, true],
    ['an admin, whatever the scope', who('UADMIN'), {}, true],
    ['an approver of another scope only', who('UCRIT'), {}, false],
    ['the first matching scope alone counts', who('UBOB'), { severity: 'critical' as const }, false],
    ['the approvers of the channel where no scope matches', who('UFALL'), { control: 'public-bucket' }, true],
    ['not those where one does', who('UFALL'), {}, false],
    ['who opened it, by the mapping', who('UALICE'), {}, false],
    [
      'who added to the question',
      who('UBOB'),
      { asked: { planFingerprint: '', expiresAt: '', causes: ['bob'] } },
      false,
    ],
    ['a viewer', who('UVIEW'), {}, false],
    ['a stranger', who('UEVE'), {}, false],
    ['a stranger in a group that nobody named', who('UEVE', 'SELSE'), {}, false],
  ])('%s: %j', (_, person, over, may) => {
    expect(mayAnswer(about(over), person, rules).may).toBe(may);
  });

  it('nobody where the policy names nobody', () => {
    expect(mayAnswer(about(), who('UBOB'), noRules)).toMatchObject({ may: false });
  });

  it('says when nobody can tell whether it was their own', () => {
    expect(mayAnswer(about({ actor: mallory }), who('UBOB'), rules)).toEqual({
      may: true,
      note: 'no Slack user is known for mallory',
    });
    expect(mayAnswer(about(), who('UBOB'), rules)).toEqual({ may: true, note: null });
  });

  it('gives each the best role they have', () => {
    const roles = ['UADMIN', 'UFALL', 'UVIEW', 'UEVE'].map((id) => roleOf(who(id), rules));
    expect(roles).toEqual(['admin', 'approver', 'viewer', null]);
    expect(roleOf(who('UEVE', 'SOPS'), rules)).toBe('approver');
  });
});

describe('an answer', () => {
  async function asked(world: World): Promise<Case> {
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('a')]));
    await reconcile(group, opened, world.loop);
    const [found] = (await world.history.find({ limit: 1 })).cases;
    if (found === undefined) throw new Error('nothing was asked');
    return found;
  }
  const by = (name: string, caseId: string) => ({ caseId, by: name, exemptMs: 86_400_000 });

  it('of one person is not enough where two must approve, and the same person is not two', async () => {
    const world = makeWorld();
    const { caseId, severity } = await asked(world);
    world.policy.people = { ...rules, twoPeople: [severity] };

    const first = await approve(by('slack/UBOB', caseId), world.loop);
    expect(first).toMatchObject({ outcome: 'asked', why: expect.stringContaining('second person') });
    expect(await approve(by('slack/UBOB', caseId), world.loop)).toMatchObject({ outcome: 'refused' });
    // The same person by the name that the policy maps to the Slack user.
    expect(await approve(by('bob', caseId), world.loop)).toMatchObject({ outcome: 'refused' });
    expect(await approve(by('slack/UADMIN', caseId), world.loop)).toMatchObject({ outcome: 'fixed' });

    const types = (await world.history.entries(caseId)).map((one) => one.story.type);
    expect(types).toEqual(['opened', 'asked', 'approved', 'refused', 'refused', 'intent', 'fixed']);
  });

  it('counts for the plan that it was given to: a changed plan needs both people again', async () => {
    const world = makeWorld();
    const { caseId, severity } = await asked(world);
    world.policy.people = { ...rules, twoPeople: [severity] };
    await approve(by('slack/UBOB', caseId), world.loop);
    world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })]));

    const second = await approve(by('slack/UADMIN', caseId), world.loop);

    expect(second).toMatchObject({ outcome: 'asked', why: expect.stringMatching(/asked anew.*new: .*3389/) });
    expect((await world.history.get(caseId))?.asked?.approvedBy ?? []).toEqual([]);
  });

  it('of somebody who saw another plan is refused, and nothing moves', async () => {
    const world = makeWorld();
    const { caseId } = await asked(world);

    const seen = { ...by('slack/UBOB', caseId), planFingerprint: 'another' };

    for (const answer of [approve, deny])
      expect(await answer(seen, world.loop)).toMatchObject({ outcome: 'refused' });
    expect((await world.history.get(caseId))?.closedAt).toBeNull();
  });

  it('of who added a port to the question is refused, as of who opened the case', async () => {
    const world = makeWorld();
    const { caseId } = await asked(world);
    world.policy.people = rules;
    world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })]));
    const actor = { name: 'bob', type: 'IAMUser', via: null, sourceIp: null };
    await reconcile(group, { ...opened, eventId: 'event-2', actor }, world.loop);

    for (const name of ['slack/UALICE', 'slack/UBOB'])
      expect(await approve(by(name, caseId), world.loop)).toMatchObject({ outcome: 'refused' });
    expect(await approve(by('slack/UADMIN', caseId), world.loop)).toMatchObject({ outcome: 'fixed' });
  });

  it('can put the question off', async () => {
    const world = makeWorld();
    const { caseId } = await asked(world);
    const untilMs = world.clock.nowMs + 3_600_000;

    expect(await snooze({ ...by('slack/UBOB', caseId), untilMs }, world.loop)).toMatchObject({
      outcome: 'asked',
    });

    const snoozedUntil = new Date(untilMs).toISOString();
    expect(await world.history.get(caseId)).toMatchObject({ outcome: 'asked', asked: { snoozedUntil } });
  });
});
