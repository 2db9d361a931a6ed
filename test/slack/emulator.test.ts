import { WebClient } from '@slack/web-api';
import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { noRules } from '../../lib/approvers.ts';
import { TerminalError } from '../../lib/errors.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { Slack } from '../../lib/slack/client.ts';
import { exemptDialog } from '../../lib/slack/dialog.ts';
import { SlackNotifier } from '../../lib/slack/notifier.ts';
import { Teller } from '../../lib/tell.ts';
import { freePort } from '../engines/engine.ts';
import { firewall, group, makeWorld, opened, rule } from '../loop/harness.ts';

/** Slack's own client against the emulator, which keeps messages, threads and dialogs as Slack does. */

let emulator: Emulator;
let client: WebClient;
let slack: Slack;
let channel: string;
let user: string;

beforeAll(async () => {
  emulator = await createEmulator({ service: 'slack', port: await freePort() });
  const apiUrl = `${emulator.url}/api/`;
  client = new WebClient('xoxb-test', { slackApiUrl: apiUrl });
  slack = new Slack({ token: async () => 'xoxb-test', apiUrl });
  const list = await client.conversations.list();
  channel = list.channels?.[0]?.id ?? '';
  user = (await client.users.list({})).members?.[0]?.id ?? '';
});
afterAll(() => emulator.close());

describe("with Slack's client against the emulator", () => {
  it('a case is one message that is updated in place, and its thread tells what happened', async () => {
    const world = makeWorld();
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('a')]));
    const { history, loop } = world;
    const notifier = new SlackNotifier({
      ...{ slack, channel, history, now: loop.now, newId: loop.newId, sleep: loop.sleep },
      settings: { rules: noRules, consoleUrl: null },
      messagesPerMinute: 20,
    });
    const failures: string[] = [];
    const warn = (text: string) => void failures.push(text);
    const teller = new Teller({ history, channels: [notifier], now: loop.now, warn });
    const telling = { ...loop, tell: teller.begin.bind(teller) };

    const [asked] = await reconcile(group, opened, telling);
    await teller.settle();
    const before = (await client.conversations.history({ channel })).messages ?? [];
    await approve({ caseId: asked?.caseId ?? '', by: 'slack/UBOB', exemptMs: 1000 }, telling);
    await teller.settle();
    const after = (await client.conversations.history({ channel })).messages ?? [];

    expect(failures).toEqual([]);
    const mine = (messages: typeof after) =>
      messages.filter((one) => JSON.stringify(one).includes('sg-1') && !one.thread_ts);
    expect(JSON.stringify(before[0])).toContain('What would be shut');
    const [message, ...others] = after.filter((one) => one.ts === before[0]?.ts);
    expect([others, JSON.stringify(message).includes('What was shut')]).toEqual([[], true]);
    expect(mine(after).length).toBeLessThanOrEqual(1);
    const { messages } = await client.conversations.replies({ channel, ts: before[0]?.ts ?? '' });
    expect(messages?.at(-1)?.text).toContain('fixed');
  });

  it('an answer is whispered, and the dialog opens', async () => {
    await slack.whisper(channel, user, 'done');
    const made: object & { trigger_id?: unknown } = await client.apiCall('views.generateTriggerId', {
      user_id: user,
    });
    await slack.openView(
      String(made.trigger_id),
      exemptDialog({ caseId: 'c-1', plan: null, channel, thread: null }),
    );

    await expect(
      slack.openView('no-trigger', exemptDialog({ caseId: 'c', plan: null, channel, thread: null })),
    ).rejects.toThrow(/Slack views.open/);
  });

  it('a message that is gone is known to be gone, and a channel that is not there may be there later', async () => {
    expect(await slack.update({ channel, text: 'x' }, '1.000000')).toBe(false);
    const error = await slack.post({ channel: 'C0NONE', text: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(TerminalError);
    expect(String(error)).toContain('channel_not_found');
  });
});
