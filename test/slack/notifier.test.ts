import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approve } from '../../lib/answer.ts';
import type { Resource } from '../../lib/model.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { firewall, group, opened, rule } from '../loop/harness.ts';
import { type SlackWorld, slackWorld } from './world.ts';

let world: SlackWorld;
beforeEach(async () => {
  world = await slackWorld({ messagesPerMinute: 5 });
});
afterEach(() => world.close());

const methods = () => world.fake.calls.map((one) => one.method);
const shown = () => JSON.stringify([...world.fake.messages.values()].at(0)?.blocks);

async function open(count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, n): Resource => ({ ...group, id: `sg-${n}` }));
  for (const resource of all) world.cloud.put(resource, firewall([rule('a')]));
  await Promise.all(all.map((resource) => reconcile(resource, opened, world.loop)));
  await world.teller.settle();
}

describe('Slack', () => {
  it('gets one message per case, which moves with the case, and what happens goes to its thread', async () => {
    const { caseId } = await world.asked();
    expect(methods()).toEqual(['chat.postMessage']);
    for (const part of [
      'tcp/22',
      '0.0.0.0/0',
      'user/alice',
      'console',
      'sg-1',
      'approve',
      'deny',
      'snooze',
      'exempt',
      'What would be shut',
    ])
      expect(shown()).toContain(part);

    await approve({ caseId, by: 'slack/UBOB', exemptMs: 1000 }, world.loop);
    await world.teller.settle();

    expect(methods()).toEqual(['chat.postMessage', 'chat.update', 'chat.postMessage']);
    expect(shown()).toContain('What was shut');
    expect(shown()).toContain('undo');
    expect(shown()).not.toContain('approve');
    expect(world.fake.calls.at(-1)).toMatchObject({
      thread: '1.000100',
      text: expect.stringContaining('fixed'),
    });
  });

  it('tells a case again whose message somebody deleted', async () => {
    const { caseId } = await world.asked();
    world.fake.messages.clear();

    await approve({ caseId, by: 'slack/UBOB', exemptMs: 1000 }, world.loop);
    await world.teller.settle();

    expect([...world.fake.messages.values()].map((one) => one.thread)).toEqual([undefined, '2.000100']);
  });

  it('is left alone for as long as its 429 says, and then gets everything', async () => {
    world.fake.refuse = { calls: 1, retryAfterSeconds: 90 };
    await open(3);
    const before = world.fake.messages.size;

    world.clock.nowMs += 89_000;
    await world.teller.tellUntold();
    expect(world.fake.messages.size).toBe(before);
    world.clock.nowMs += 1_001;
    await world.teller.tellUntold();

    expect(world.fake.messages.size).toBe(3);
    expect(await world.history.untold(9)).toEqual([]);
  });

  it('gets a storm as one digest thread that counts and lists every case', async () => {
    world.policy.limits.fixesPerHour = 100;
    await open(60);

    const top = [...world.fake.messages.values()].filter((one) => one.thread === undefined);
    expect(top).toHaveLength(6);
    const digest = top.find((one) => /more cases/.test(one.text));
    expect(digest?.text).toMatch(/^55 more cases .*, 0 of them not closed$/);
    expect(JSON.stringify(digest?.blocks)).toContain('55 Shut');
    const list = [...world.fake.messages.values()]
      .filter((one) => one.thread === digest?.ts)
      .map((one) => one.text);
    const listed = list.join('\n').split('\n');
    expect(new Set(listed).size).toBe(55);
    expect(await world.history.untold(99)).toEqual([]);
  });

  it('keeps the digest right as its cases move, and begins another thread for the next storm', async () => {
    world.policy.mode = 'ask';
    await open(8);
    const digest = [...world.fake.messages.values()].find((one) => /more cases/.test(one.text));
    expect(digest?.text).toMatch(/^3 more cases .*, 3 of them not closed/);
    const own = new Set(
      [...world.fake.messages.values()].flatMap((one) => one.blocks.map((block) => JSON.stringify(block))),
    );
    const { cases } = await world.history.find({ limit: 20 });
    const [inDigest] = cases.filter(
      ({ caseId }) => ![...own].some((text) => text.includes(`case/${caseId}"`)),
    );

    await approve({ caseId: inDigest?.caseId ?? '', by: 'slack/UBOB', exemptMs: 1000 }, world.loop);
    await world.teller.settle();

    expect(world.fake.messages.get(digest?.ts ?? '')?.text).toMatch(/^3 more cases .*, 2 of them not closed/);
  });

  it('gives a case of a digest its own message when it is asked for', async () => {
    await open(6);
    const { cases } = await world.history.find({ limit: 20 });
    const before = world.fake.messages.size;

    const reply = await world.post('/slack/commands', {
      body: `command=%2Fsnapshut&text=show+${cases[0]?.caseId}&user_id=UVIEW`,
    });

    expect(reply.status).toBe(200);
    expect(world.fake.messages.size).toBe(before + 1);
    expect(JSON.stringify([...world.fake.messages.values()].at(-1)?.blocks)).toContain('undo');
  });
});
