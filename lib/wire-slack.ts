import { setTimeout as sleep } from 'node:timers/promises';
import { environment, type Policy } from './config.ts';
import { answerEventId, answerMessage } from './events/answer.ts';
import type { Loop } from './loop.ts';
import type { Outcome } from './model.ts';
import { approvalRules } from './policy/approval-rules.ts';
import type { History } from './ports.ts';
import type { Secrets } from './secret.ts';
import type { Routes } from './serve/http.ts';
import { carryOut } from './slack/answering.ts';
import { Slack } from './slack/client.ts';
import { Groups } from './slack/groups.ts';
import { SlackNotifier } from './slack/notifier.ts';
import type { RequestParts } from './slack/request.ts';
import { slackRoutes } from './slack/routes.ts';

/** The part of the composition root that knows what stands behind Slack. */

export interface SlackSide {
  notifier: SlackNotifier;
  slack: Slack;
}

interface Behind {
  policy: Policy;
  history: History;
  secrets: Secrets;
  now(): Date;
  newId(): string;
}

/** Null where the policy file names no channel. */
export function slackOf({ policy, history, secrets, now, newId }: Behind): SlackSide | null {
  const { slack: named } = policy.alerts;
  if (named === undefined) return null;
  const slack = new Slack({ token: () => secrets.of(named.tokenEnv), apiUrl: named.apiUrl });
  const notifier = new SlackNotifier({
    slack,
    history,
    channel: named.channel,
    settings: { rules: approvalRules(policy), consoleUrl: consoleUrl() },
    messagesPerMinute: named.messagesPerMinute,
    now,
    newId,
    sleep: (ms) => sleep(ms),
  });
  return { notifier, slack };
}

const consoleUrl = () => environment().variable('SNAPSHUT_CONSOLE_URL')?.replace(/\/+$/, '') ?? null;

interface Answering {
  policy: Policy;
  side: SlackSide;
  secrets: Secrets;
  loop: Loop;
  warn(text: string): void;
}

/** What carries out a stored click. */
export function answeringOf({ side, loop, warn }: Omit<Answering, 'policy' | 'secrets'>) {
  const groups = new Groups(side.slack, loop.now);
  return (nonce: string): Promise<Outcome[]> => carryOut(nonce, { loop, slack: side.slack, groups, warn });
}

/** What Slack's requests reach. */
function slackRequestParts(
  { policy, side, secrets, loop, warn }: Answering,
  enqueue: RequestParts['enqueue'],
): RequestParts {
  const variable = policy.alerts.slack?.signingSecretEnv ?? '';
  return {
    loop,
    slack: side.slack,
    groups: new Groups(side.slack, loop.now),
    consoleUrl: consoleUrl(),
    show: (about) => side.notifier.show(about),
    secret: () => secrets.of(variable),
    enqueue,
    warn,
  };
}

/** Puts the message of a stored click where work waits. */
export type Enqueue = (eventId: string, body: string) => Promise<void>;

export function slackRoutesOf(answering: Answering, enqueue: Enqueue): Routes {
  const put = (nonce: string) => enqueue(answerEventId(nonce), answerMessage(nonce));
  return slackRoutes(slackRequestParts(answering, put));
}
