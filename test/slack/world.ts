import { createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import { type ApprovalRules, noRules } from '../../lib/approvers.ts';
import type { Case } from '../../lib/cases.ts';
import { answerEventId, answerMessage } from '../../lib/events/answer.ts';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { SqliteFile } from '../../lib/history/sqlite-file.ts';
import type { Outcome } from '../../lib/model.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { respond } from '../../lib/respond.ts';
import { bodyHandler } from '../../lib/serve/handle-body.ts';
import { httpApp } from '../../lib/serve/http.ts';
import { carryOut } from '../../lib/slack/answering.ts';
import { Slack } from '../../lib/slack/client.ts';
import { Groups } from '../../lib/slack/groups.ts';
import { SlackNotifier } from '../../lib/slack/notifier.ts';
import { slackRoutes } from '../../lib/slack/routes.ts';
import { Teller } from '../../lib/tell.ts';
import { firewall, group, makeWorld, opened, rule } from '../loop/harness.ts';
import { type FakeSlack, type Sent, startFakeSlack } from './fake-slack.ts';

/** The whole way through Slack in one process: messages, signed clicks, the inbox and the loop. */

export const secret = '8f742231b10e8888abcd99yyyzzz85a5';
export const channel = 'C0123';

export const rules: ApprovalRules = {
  ...noRules,
  fallback: ['UBOB', 'UCAROL', 'SOPS', 'UALICE'],
  admins: ['UADMIN'],
  viewers: ['UVIEW'],
  people: { UALICE: ['*:user/alice'] },
};

export interface Signing {
  body: string;
  timestamp?: string;
  signature?: string;
}

export async function slackWorld({ messagesPerMinute = 20 } = {}) {
  const fake = await startFakeSlack();
  const file = SqliteFile.open(':memory:');
  const history = new SqliteHistory(file);
  const inbox = new SqliteInbox(file);
  const made = makeWorld({ history });
  made.policy.people = rules;
  const { clock } = made;
  const now = () => new Date(clock.nowMs);
  const slack = new Slack({ token: async () => 'xoxb-test', apiUrl: fake.url });
  const settings = { rules, consoleUrl: 'https://console.example/console' };
  const sleep = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
  const shared = { history, now, newId: made.loop.newId, sleep };
  const notifier = new SlackNotifier({ slack, channel, settings, messagesPerMinute, gatherMs: 5, ...shared });
  const warned: string[] = [];
  const warn = (text: string) => void warned.push(text);
  const teller = new Teller({ history, channels: [notifier], now, warn });
  const loop = { ...made.loop, tell: (about: Case) => teller.begin(about) };
  const groups = new Groups(slack, now);
  const routes = slackRoutes({
    loop,
    slack,
    groups,
    consoleUrl: settings.consoleUrl,
    show: (about) => notifier.show(about),
    secret: async () => secret,
    enqueue: async (nonce) => void (await inbox.put(answerEventId(nonce), answerMessage(nonce), clock.nowMs)),
    warn,
  });
  const outcomes: Outcome[] = [];
  const handle = bodyHandler(
    async (event) =>
      event.answer === undefined
        ? respond(event, [], loop)
        : carryOut(event.answer, { loop, slack, groups, warn }),
    async (outcome) => void outcomes.push(outcome),
  );
  const app: Hono = httpApp({
    inbox,
    token: 'token',
    tokenEnv: 'T',
    version: '0',
    now,
    onAccepted: () => {},
    warn,
    routes: [routes],
  });

  const signed = ({ body, timestamp = String(Math.floor(clock.nowMs / 1000)), signature }: Signing) => ({
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Slack-Request-Timestamp': timestamp,
      'X-Slack-Signature':
        signature ?? `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
    },
  });

  return {
    ...made,
    fake,
    inbox,
    history,
    slack,
    notifier,
    teller,
    loop,
    app,
    warned,
    outcomes,
    signed,
    handle,
    post: async (path: string, signing: Signing) => app.request(path, signed(signing)),
    /** Everything that waits is carried out and told. */
    async settle() {
      for (const delivery of await inbox.take(100, clock.nowMs, 1000)) {
        await handle(delivery.body);
        await inbox.done(delivery.id, clock.nowMs);
      }
      await teller.settle();
    },
    async asked(ports: readonly string[] = ['a']): Promise<Case> {
      made.policy.mode = 'ask';
      made.cloud.put(group, firewall(ports.map((id) => rule(id))));
      await reconcile(group, opened, loop);
      await teller.settle();
      return newest();
    },
    newest,
    async close() {
      await teller.settle();
      await fake.close();
      await history.close();
    },
  };

  async function newest(): Promise<Case> {
    const [found] = (await history.find({ limit: 1 })).cases;
    if (found === undefined) throw new Error('there is no case');
    return found;
  }
}

export type SlackWorld = Awaited<ReturnType<typeof slackWorld>>;

/** The button of a message, pressed by somebody. The numbers make each press one of its own. */
let presses = 0;
export function pressed(message: Sent, act: string, user: string): string {
  const button = message.blocks
    .flatMap((block) => (Array.isArray(block.elements) ? block.elements : []))
    .find((one) => one.action_id === act);
  const payload = {
    type: 'block_actions',
    user: { id: user },
    trigger_id: `trigger.${presses++}`,
    channel: { id: message.channel },
    message: { ts: message.ts },
    actions: [{ action_id: act, value: button?.value ?? '' }],
  };
  return `payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

export function sentDialog(fake: FakeSlack, user: string, days: string, reason: string): string {
  const view = fake.calls.findLast((one) => one.method === 'views.open')?.view;
  const values = {
    days: { days: { selected_option: { value: days } } },
    reason: { reason: { value: reason } },
  };
  const { private_metadata } = view ?? { private_metadata: '' };
  const payload = {
    type: 'view_submission',
    user: { id: user },
    view: { callback_id: 'exempt', private_metadata, state: { values } },
  };
  return `payload=${encodeURIComponent(JSON.stringify(payload))}&n=${presses++}`;
}
