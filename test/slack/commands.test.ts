import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actOnSilence } from '../../lib/no-answer.ts';
import { redeem } from '../../lib/sign-in-links.ts';
import { type SlackWorld, slackWorld } from './world.ts';

let world: SlackWorld;
beforeEach(async () => {
  world = await slackWorld();
});
afterEach(() => world.close());

let typed = 0;
async function type(text: string, user: string): Promise<string> {
  const body = new URLSearchParams({
    command: '/snapshut',
    text,
    user_id: user,
    n: String(typed++),
  }).toString();
  const reply = await world.post('/slack/commands', { body });
  expect(reply.status).toBe(200);
  const answer = (await reply.json()) as { response_type: string; text: string };
  expect(answer.response_type).toBe('ephemeral');
  return answer.text;
}

describe('/snapshut', () => {
  it('lists open cases, and what happened to a resource', async () => {
    expect(await type('open', 'UVIEW')).toBe('No case is open.');
    const { caseId } = await world.asked();

    expect(await type('open', 'UVIEW')).toContain(caseId);
    expect(await type('history web', 'UVIEW')).toContain(caseId);
    expect(await type('history shop', 'UVIEW')).toContain('Nothing is known');
    expect(await type('history sg-1', 'UVIEW')).toContain('three letters');
    expect(await type('history memory/123456789012/eu-central-1/firewall/sg-1', 'UVIEW')).toContain(caseId);
  });

  it('freezes for whoever may approve, and unfreezes for admins only', async () => {
    expect(await type('freeze a deployment is running', 'UBOB')).toContain('Frozen');
    expect(await world.history.setting('frozen')).toBe('a deployment is running (slack/UBOB)');
    expect(await type('unfreeze', 'UBOB')).toContain('may not');
    expect(await world.history.setting('frozen')).not.toBeNull();

    expect(await type('unfreeze', 'UADMIN')).toContain('allowed again');
    expect(await world.history.setting('frozen')).toBeNull();
    expect((await world.history.acts(5)).map(({ act, by }) => [act, by])).toEqual([
      ['unfreeze', 'slack/UADMIN'],
      ['freeze', 'slack/UBOB'],
    ]);
  });

  it('gives a link that signs in once, with the role of the policy', async () => {
    const text = await type('console', 'UBOB');
    const token = /token=([\w-]+)\|/.exec(text)?.[1] ?? '';

    const now = new Date(world.clock.nowMs);
    expect(await redeem(world.history, token, now)).toMatchObject({ user: 'slack/UBOB', role: 'approver' });
    expect(await redeem(world.history, token, now)).toBeNull();
  });

  it.each([
    'open',
    'history sg-1',
    'show c-1',
    'console',
    'freeze',
    'unfreeze',
  ])('%s is not for a stranger', async (text) => {
    await world.asked();
    expect(await type(text, 'UEVE')).toMatch(/may not/);
    expect(await world.history.setting('frozen')).toBeNull();
  });

  it.each(['freeze', 'unfreeze'])('%s is not for a viewer', async (text) => {
    expect(await type(text, 'UVIEW')).toMatch(/may not/);
  });

  it.each([
    '',
    'help',
    'nonsense',
    'constructor',
    '__proto__ x',
    'OPEN?',
  ])('%j answers with what there is', async (text) => {
    expect(await type(text, 'UVIEW')).toContain('/snapshut open');
  });

  it('keeps what was typed inert', async () => {
    const text = await type('history <!channel> `x` <https://evil.example|y>', 'UVIEW');
    expect(text).not.toMatch(/<!|<http/);
  });

  it('is not answered without a signature, or twice', async () => {
    const forged = await world.post('/slack/commands', {
      body: 'text=freeze&user_id=UADMIN',
      signature: `v0=${'1'.repeat(64)}`,
    });
    expect(forged.status).toBe(401);
    const request = world.signed({ body: 'text=freeze&user_id=UADMIN' });
    expect((await world.app.request('/slack/commands', request)).status).toBe(200);
    await world.history.set('frozen', null);
    expect((await world.app.request('/slack/commands', request)).status).toBe(409);
    expect(await world.history.setting('frozen')).toBeNull();
  });
});

describe('a question that nobody answers', () => {
  it('gets a copy in another channel that calls somebody, and both are updated in place', async () => {
    await world.asked();
    world.clock.nowMs += 30 * 60_000;
    const escalate = { channel: 'C0999', mention: 'S0456' };
    await actOnSilence(world.loop, [{ afterMinutes: 30, escalate, default: 'fix' }]);
    await world.teller.settle();

    const copies = () => [...world.fake.messages.values()].filter((one) => one.thread === undefined);
    expect(copies().map((one) => one.channel)).toEqual(['C0123', 'C0999']);
    const calls = [...world.fake.messages.values()].filter((one) => one.text.includes('<!subteam^S0456>'));
    expect(calls).toMatchObject([{ channel: 'C0999', thread: copies()[1]?.ts }]);

    world.clock.nowMs += 30 * 60_000;
    await actOnSilence(world.loop, [{ afterMinutes: 30, escalate, default: 'fix' }]);
    await world.teller.settle();
    for (const copy of copies()) expect(JSON.stringify(copy.blocks)).toContain('What was shut');
  });
});
