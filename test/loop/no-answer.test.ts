import { describe, expect, it } from 'vitest';
import { approve, snooze } from '../../lib/answer.ts';
import type { Case } from '../../lib/cases.ts';
import { actOnSilence, type SilenceRule } from '../../lib/no-answer.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { firewall, group, makeWorld, opened, rule, type World } from './harness.ts';

const minutes = (count: number) => count * 60_000;
const rules: SilenceRule[] = [
  { match: { severity: 'low' }, afterMinutes: 5, default: 'fix' },
  {
    afterMinutes: 30,
    escalate: { channel: 'C0999', mention: 'S0456' },
    default: 'fix',
    defaultAfterMinutes: 60,
  },
];

async function asked(): Promise<World & { caseId: string; newest(): Promise<Case> }> {
  const world = makeWorld();
  world.policy.mode = 'ask';
  world.cloud.put(group, firewall([rule('a')]));
  await reconcile(group, opened, world.loop);
  const newest = async () => {
    const [found] = (await world.history.find({ limit: 1 })).cases;
    if (found === undefined) throw new Error('nothing was asked');
    return found;
  };
  return { ...world, newest, caseId: (await newest()).caseId };
}

const stories = async ({ history, caseId }: { history: World['history']; caseId: string }) =>
  (await history.entries(caseId)).map((one) => one.story.type);

describe('when nobody answers', () => {
  it('somebody else is called once, and then it is shut as the policy says', async () => {
    const world = await asked();
    world.clock.nowMs += minutes(29);
    expect(await actOnSilence(world.loop, rules)).toEqual([]);

    world.clock.nowMs += minutes(1);
    expect(await actOnSilence(world.loop, rules)).toMatchObject([{ outcome: 'asked', caseId: world.caseId }]);
    expect(await actOnSilence(world.loop, rules)).toEqual([]);
    const [escalated] = (await world.history.entries(world.caseId)).slice(-1);
    expect(escalated?.story).toMatchObject({ type: 'escalated', channel: 'C0999', mention: 'S0456' });

    world.clock.nowMs += minutes(30);
    expect(await actOnSilence(world.loop, rules)).toMatchObject([{ outcome: 'fixed' }]);
    expect(await stories(world)).toEqual(['opened', 'asked', 'escalated', 'intent', 'fixed']);
  });

  it('it stays where that is the default, and that is said once', async () => {
    const world = await asked();
    world.clock.nowMs += minutes(61);
    const staying: SilenceRule[] = [{ afterMinutes: 60, default: 'stay' }];

    await actOnSilence(world.loop, staying);
    await actOnSilence(world.loop, staying);

    expect(await stories(world)).toEqual(['opened', 'asked', 'unanswered']);
    expect(await world.newest()).toMatchObject({ outcome: 'asked', closedAt: null });
  });

  it('an answer ends the waiting', async () => {
    const world = await asked();
    await approve({ caseId: world.caseId, by: 'bob', exemptMs: 1 }, world.loop);
    world.clock.nowMs += minutes(600);

    expect(await actOnSilence(world.loop, rules)).toEqual([]);
  });

  it('a snooze begins the time anew', async () => {
    const world = await asked();
    world.clock.nowMs += minutes(31);
    await actOnSilence(world.loop, rules);
    const untilMs = world.clock.nowMs + minutes(60);
    await snooze({ caseId: world.caseId, by: 'bob', exemptMs: 1, untilMs }, world.loop);

    world.clock.nowMs = untilMs + minutes(29);
    expect(await actOnSilence(world.loop, rules)).toEqual([]);
    world.clock.nowMs += minutes(1);
    await actOnSilence(world.loop, rules);
    expect(await stories(world)).toEqual(['opened', 'asked', 'escalated', 'snoozed', 'escalated']);
  });

  it.each<[string, (world: World) => unknown, string]>([
    ['while frozen', (world) => Object.assign(world.frozen, { why: 'maintenance' }), 'unanswered'],
    ['over a limit', (world) => Object.assign(world.policy.limits, { fixesPerHour: 0 }), 'held'],
    [
      'what has changed since it was asked',
      (world) => world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })])),
      'asked',
    ],
  ])('nothing is shut %s', async (_, change, last) => {
    const world = await asked();
    change(world);
    world.clock.nowMs += minutes(61);

    await actOnSilence(world.loop, rules);
    await actOnSilence(world.loop, rules);

    expect((await stories(world)).at(-1)).toBe(last);
    expect((await world.newest()).closedAt).toBeNull();
  });

  it('what a limit held back is not shut by silence', async () => {
    const world = makeWorld();
    world.policy.limits.fixesPerHour = 0;
    world.cloud.put(group, firewall([rule('a')]));
    await reconcile(group, opened, world.loop);
    world.policy.limits.fixesPerHour = 50;
    world.clock.nowMs += minutes(61);

    await actOnSilence(world.loop, [{ afterMinutes: 60, default: 'fix' }]);

    const [found] = (await world.history.find({ limit: 1 })).cases;
    expect(found).toMatchObject({ outcome: 'held', closedAt: null });
  });

  it('somebody is called by the first rule that speaks of the case', async () => {
    const world = await asked();
    world.clock.nowMs += minutes(6);

    expect(await actOnSilence(world.loop, rules)).toEqual([]);
  });

  it('a crash behind the intent is carried on by the next look', async () => {
    const world = await asked();
    world.clock.nowMs += minutes(61);
    const apply = world.cloud.apply.bind(world.cloud);
    world.cloud.apply = async () => {
      throw new Error('killed');
    };
    await actOnSilence(
      world.loop,
      rules.slice(1).map(({ escalate: _, ...one }) => one),
    );
    world.cloud.apply = apply;
    world.clock.nowMs += 300_000;

    expect(await reconcile(group, { ...opened, eventId: 'e-2' }, world.loop)).toMatchObject([
      { outcome: 'fixed' },
    ]);
  });
});
