import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reconcile } from '../../lib/reconcile.ts';
import { firewall, group, opened, rule } from '../loop/harness.ts';
import type { Sent } from './fake-slack.ts';
import { pressed, type SlackWorld, sentDialog, slackWorld } from './world.ts';

let world: SlackWorld;
beforeEach(async () => {
  world = await slackWorld();
});
afterEach(() => world.close());

const path = '/slack/interactions';
const message = (): Sent => {
  const [first] = world.fake.messages.values();
  if (first === undefined) throw new Error('nothing was posted');
  return first;
};
const whispers = () => world.fake.calls.filter((one) => one.method === 'chat.postEphemeral');
const isOpen = async () => {
  const [reading] = await world.cloud.read([group]);
  const state = reading?.status === 'found' ? reading.state : null;
  return state?.kind === 'firewall' && state.rules.length > 0;
};
async function click(act: string, user: string, on = message()) {
  const reply = await world.post(path, { body: pressed(on, act, user) });
  await world.settle();
  return reply;
}

describe('a click', () => {
  it('on Approve shuts the port, and the message says so', async () => {
    await world.asked();

    const reply = await world.post(path, { body: pressed(message(), 'approve', 'UBOB') });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
    // Nothing has moved yet: the click waits where events wait.
    expect(await isOpen()).toBe(true);
    await world.settle();

    expect(await isOpen()).toBe(false);
    expect(JSON.stringify(message().blocks)).toContain('What was shut');
    expect(whispers()).toMatchObject([
      { user: 'UBOB', channel: 'C0123', text: expect.stringContaining('fixed') },
    ]);
    expect(await world.history.acts(5)).toMatchObject([
      { by: 'slack/UBOB', act: 'approve', outcome: 'fixed', role: 'approver' },
    ]);
  });

  it('on Deny leaves it open for a day', async () => {
    await world.asked();
    await click('deny', 'UBOB');

    expect(await isOpen()).toBe(true);
    expect(await world.newest()).toMatchObject({ outcome: 'exempt' });
  });

  it('on Snooze puts the question off, which can still be answered', async () => {
    await world.asked();
    await click('snooze', 'UBOB');
    expect((await world.newest()).asked?.snoozedUntil).toBe(
      new Date(world.clock.nowMs + 3_600_000).toISOString(),
    );

    await click('approve', 'UCAROL');
    expect(await isOpen()).toBe(false);
  });

  it('on Exempt asks for how long and why, and leaves it open for so long', async () => {
    const { caseId } = await world.asked();
    await click('exempt', 'UBOB');
    expect(await world.newest()).toMatchObject({ outcome: 'asked' });

    await world.post(path, { body: sentDialog(world.fake, 'UBOB', '7', 'a partner tests until Friday') });
    await world.settle();

    expect(await world.newest()).toMatchObject({ outcome: 'exempt', caseId });
    const [exemption] = await world.history.allExemptions();
    expect(exemption).toMatchObject({ by: 'slack/UBOB', reason: 'a partner tests until Friday' });
    expect(Date.parse(exemption?.until ?? '') - world.clock.nowMs).toBe(7 * 86_400_000);
  });

  it.each([
    ['2', 'a reason'],
    ['7', '   '],
  ])('is asked again in the dialog for %s days because of %j', async (days, reason) => {
    await world.asked();
    await click('exempt', 'UBOB');

    const reply = await world.post(path, { body: sentDialog(world.fake, 'UBOB', days, reason) });

    expect(await reply.json()).toMatchObject({ response_action: 'errors' });
    await world.settle();
    expect(await world.history.allExemptions()).toEqual([]);
  });

  it('on Undo puts it back, once', async () => {
    await world.asked();
    await click('approve', 'UBOB');
    const shut = message();
    await click('undo', 'UCAROL', shut);
    expect(await isOpen()).toBe(true);

    await click('undo', 'UBOB', shut);
    expect(whispers().at(-1)?.text).toContain('undone already');
  });

  it('needs a second person where the policy says so', async () => {
    world.policy.people = { ...world.policy.people, twoPeople: ['low', 'medium', 'high', 'critical'] };
    await world.asked();
    await click('approve', 'UBOB');
    expect(await isOpen()).toBe(true);
    expect(whispers().at(-1)?.text).toContain('second person');

    await click('approve', 'UCAROL');
    expect(await isOpen()).toBe(false);
  });

  it('by a member of a user group that may', async () => {
    world.fake.groups = { SOPS: ['UEVE'] };
    await world.asked();
    await click('approve', 'UEVE');
    expect(await isOpen()).toBe(false);
  });

  it('that comes from the queue twice, as after a crash, acts once', async () => {
    await world.asked();
    await world.post(path, { body: pressed(message(), 'approve', 'UBOB') });
    const [delivery] = await world.inbox.take(1, world.clock.nowMs, 1000);
    await world.handle(delivery?.body ?? '');
    await world.handle(delivery?.body ?? '');
    await world.teller.settle();

    expect(world.outcomes.map((one) => one.outcome)).toEqual(['fixed', 'ignored']);
    expect((await world.history.entries((await world.newest()).caseId)).map((one) => one.story.type)).toEqual(
      ['opened', 'asked', 'intent', 'fixed'],
    );
  });

  it('on a plan that changed meanwhile shuts nothing, and asks anew with what changed', async () => {
    await world.asked();
    world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })]));
    await click('approve', 'UBOB');

    expect(await isOpen()).toBe(true);
    expect(whispers().at(-1)?.text).toMatch(/asked anew.*new: .*3389/);
    expect(JSON.stringify(message().blocks)).toContain('3389');
  });
});

describe('a click that is refused moves nothing', () => {
  /** Each is pressed on a case that waits for an answer; what was said to whoever pressed. */
  const table: [string, () => Promise<void>, RegExp][] = [
    ['by a stranger', async () => void (await click('approve', 'UEVE')), /not among those/],
    ['by a viewer', async () => void (await click('approve', 'UVIEW')), /not among those/],
    ['by who opened it', async () => void (await click('approve', 'UALICE')), /change of their own/],
    ['Deny by who opened it', async () => void (await click('deny', 'UALICE')), /change of their own/],
    [
      'too late',
      async () => {
        world.clock.nowMs += 86_400_001;
        await click('approve', 'UBOB');
      },
      /expired/,
    ],
    [
      'while frozen',
      async () => {
        world.frozen.why = 'maintenance';
        await click('approve', 'UBOB');
      },
      /frozen: maintenance/,
    ],
    [
      'on a question that was replaced',
      async () => {
        const old = message();
        world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })]));
        await reconcile(group, { ...opened, eventId: 'e-2' }, world.loop);
        await click('approve', 'UBOB', old);
      },
      /changed since it was shown/,
    ],
    [
      'on a case that nobody knows',
      async () => {
        const text = JSON.stringify(message()).replaceAll((await world.newest()).caseId, 'c-none');
        await click('approve', 'UBOB', JSON.parse(text));
      },
      /no case/,
    ],
    [
      'Undo where nothing was shut',
      async () => {
        const text = JSON.stringify(message()).replaceAll('"approve"', '"undo"');
        await click('undo', 'UBOB', JSON.parse(text));
      },
      /nothing was shut/,
    ],
  ];
  it.each(table)('%s', async (_, press, said) => {
    await world.asked();
    await press();

    expect(await isOpen()).toBe(true);
    expect(whispers().at(-1)?.text).toMatch(said);
  });

  it('the second on the same question, and one on a closed case, with a clear answer', async () => {
    await world.asked();
    const first = message();
    await click('approve', 'UBOB', first);
    await click('approve', 'UCAROL', first);
    expect(whispers().at(-1)).toMatchObject({
      user: 'UCAROL',
      text: expect.stringContaining('nothing waits for an answer: the case is fixed'),
    });
    await click('deny', 'UCAROL', first);
    expect(whispers().at(-1)?.text).toContain('nothing waits for an answer');
  });

  it.each<[string, (body: string) => Parameters<SlackWorld['post']>[1], number]>([
    ['without a right signature', (body) => ({ body, signature: `v0=${'0'.repeat(64)}` }), 401],
    [
      'signed ten minutes ago',
      (body) => ({ body, timestamp: String(Math.floor(world.clock.nowMs / 1000) - 600) }),
      401,
    ],
    ['of no known shape', () => ({ body: 'payload=%7B%22type%22%3A%22shortcut%22%7D' }), 400],
    ['that is no form', () => ({ body: '{"type":"block_actions"}' }), 400],
    [
      'with a button of its own making',
      () => ({
        body: `payload=${encodeURIComponent(JSON.stringify({ type: 'block_actions', user: { id: 'UBOB' }, channel: { id: 'C1' }, actions: [{ action_id: 'approve', value: 'x' }] }))}`,
      }),
      400,
    ],
  ])('a request %s', async (_, request, status) => {
    await world.asked();

    expect((await world.post(path, request(pressed(message(), 'approve', 'UBOB')))).status).toBe(status);

    await world.settle();
    expect(await isOpen()).toBe(true);
  });

  it('the same request again', async () => {
    await world.asked();
    const request = world.signed({ body: pressed(message(), 'snooze', 'UBOB') });

    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await world.app.request(path, request)).status);

    expect(statuses).toEqual([200, 409, 409]);
  });

  it('an answer that is put in by an event: only what was verified and stored counts', async () => {
    const { caseId } = await world.asked();
    const forged = [
      { snapshutAnswer: 'a'.repeat(64) },
      { snapshutAnswer: { act: 'approve', caseId, user: 'UBOB' } },
      { act: 'approve', caseId, user: 'UBOB', plan: null, channel: 'C0123' },
    ];
    for (const body of forged)
      await world.app.request('/events', {
        method: 'POST',
        headers: { Authorization: 'Bearer token', 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    await world.settle();

    expect(await isOpen()).toBe(true);
    expect((await world.history.entries(caseId)).map((one) => one.story.type)).toEqual(['opened', 'asked']);
  });

  it('an answer whose approvers Slack cannot name now waits and is carried out later', async () => {
    await world.asked();
    await world.post(path, { body: pressed(message(), 'approve', 'UEVE') });
    world.fake.groups = { SOPS: ['UEVE'] };
    world.fake.refuse = { calls: 1, retryAfterSeconds: 1 };
    const [delivery] = await world.inbox.take(1, world.clock.nowMs, 1000);
    await expect(world.handle(delivery?.body ?? '')).rejects.toThrow('too many calls');
    expect(await isOpen()).toBe(true);

    await world.handle(delivery?.body ?? '');
    expect(await isOpen()).toBe(false);
  });
});
