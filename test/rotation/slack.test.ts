import { afterEach, expect, it } from 'vitest';
import type { Case } from '../../lib/cases.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { Slack } from '../../lib/slack/client.ts';
import { SlackNotifier } from '../../lib/slack/notifier.ts';
import { Teller } from '../../lib/tell.ts';
import { type FakeSlack, startFakeSlack } from '../slack/fake-slack.ts';
import { channel, rules } from '../slack/world.ts';
import { canary } from './keyring.ts';
import { dayMs, makeKeyWorld, onlyCase, swept } from './world.ts';

let fake: FakeSlack | null = null;
afterEach(async () => {
  await fake?.close();
});

it('Slack is told where the new key is, and never the key: through delivery, failure, use, hold and deletion', async () => {
  fake = await startFakeSlack();
  const world = makeKeyWorld();
  const { history, clock, ring, safe } = world;
  const shared = { history, now: () => new Date(clock.nowMs), newId: world.loop.newId };
  const slack = new Slack({ token: async () => 'xoxb-test', apiUrl: fake.url });
  const settings = { rules, consoleUrl: null };
  const notifier = new SlackNotifier({
    slack,
    channel,
    settings,
    messagesPerMinute: 1_000,
    gatherMs: 1,
    sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
    ...shared,
  });
  const warned: string[] = [];
  const teller = new Teller({
    history,
    channels: [notifier],
    now: shared.now,
    warn: (text) => warned.push(text),
  });
  const loop = {
    ...world.loop,
    tell: async (about: Case) => {
      teller.begin(about);
      await teller.settle();
    },
  };
  const deliver = safe.deliver.bind(safe);
  // A delivery that fails once, with the secret in its mouth.
  safe.deliver = async () => {
    safe.deliver = deliver;
    throw new Error('the service that keeps secrets is down');
  };
  await reconcile(ring.put('old'), swept, loop).catch(() => {});
  for (let day = 0; day < 12; day += 1) {
    clock.nowMs += dayMs;
    const fresh = safe.current?.keyId;
    if (fresh && ring.keys.get(fresh)?.isActive) ring.use(fresh);
    await settleLeftovers(loop);
  }

  const sent = JSON.stringify(fake.calls);
  expect(safe.current?.secret).toContain(canary);
  expect(sent).toContain((await onlyCase(world)).caseId);
  expect(sent + warned.join()).not.toContain(canary);
});
