import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type ApprovalRules, hasCaused, mayAnswer } from './approvers.ts';
import { blockingOf, blockTargets, everyTarget } from './block-sets.ts';
import type { Case } from './cases.ts';
import { environment, type Policy } from './config.ts';
import type { ConsoleParts } from './console/parts.ts';
import { consoleRoutes } from './console/routes.ts';
import type { Session } from './console/session.ts';
import { messageOf, TerminalError } from './errors.ts';
import { queueHealth } from './handler/queue-health.ts';
import { secretText } from './handler/signing-secret.ts';
import { BlockMemory } from './logs/block-memory.ts';
import { unblock } from './logs/blocking.ts';
import type { Loop } from './loop.ts';
import type { AccountScope, Inbox } from './ports.ts';
import type { Routes } from './serve/http.ts';
import { create, redeem } from './sign-in-links.ts';

/** The part of the composition root that knows what stands behind the console. */

interface Behind {
  policy: Policy;
  guarded: readonly AccountScope[];
  loop: Loop;
  /** Throws where events wait in a queue of the cloud. */
  inbox(): Inbox;
}

export function consoleOf(behind: Behind): Routes {
  const { consoleUrl, table } = environment();
  const url = consoleUrl === null ? null : new URL(consoleUrl);
  return consoleRoutes({
    policy: behind.policy,
    guarded: behind.guarded,
    loop: behind.loop,
    secret: secretOf(),
    redeem: (token) => redeem(behind.loop.history, token, behind.loop.now()),
    mayAnswer: async (about, who) => permission(about, who, behind.loop.policy.people),
    blocks: blocksOf(behind),
    health: healthOf(behind),
    isSecure: url?.protocol === 'https:',
    // On Lambda only the gateway calls, whatever names lead to it.
    hosts:
      table !== null ? null : ['127.0.0.1', 'localhost', '[::1]', ...(url === null ? [] : [url.hostname])],
    warn: (text) => console.error(`console: ${text}`),
  });
}

/** Whoever is at the terminal of the service may answer, except for a change of their own. */
function permission(about: Case, { user, groups }: Session, rules: ApprovalRules) {
  const slackUser = /^slack\/(\w+)$/.exec(user)?.[1];
  if (slackUser === undefined) {
    const isOwn = hasCaused(about, user, rules);
    return { may: !isOwn, why: isOwn ? 'nobody answers for a change of their own' : null };
  }
  const permission = mayAnswer(about, { slackUser, groups }, rules);
  return permission.may ? { may: true, why: permission.note } : permission;
}

/** Without a stored secret it is this process's own: sessions end with it. */
function secretOf(): () => Promise<string> {
  const { consoleSecretArn } = environment();
  if (consoleSecretArn !== null) return secretText(consoleSecretArn);
  const own = randomBytes(32).toString('base64url');
  return async () => own;
}

function blocksOf({ policy, loop }: Behind): ConsoleParts['blocks'] {
  const targets = everyTarget(policy);
  return {
    list: async () => (await BlockMemory.load(loop.history)).all(),
    unblock: async (client, by) => {
      const { sets } = blockTargets(policy, targets);
      const blocking = blockingOf(
        sets,
        loop.history,
        `${hostname()}/${process.pid}/${loop.newId()}`,
        loop.newId,
      );
      const said: string[] = [];
      try {
        const io = { err: (text: string) => void said.push(text) };
        const { status, unknown } = await unblock([client], blocking, loop.now(), io, { by });
        if (unknown.length > 0) return `${client} is not blocked by us`;
        return status === 0 ? null : said.join('; ');
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}

function healthOf({ loop, inbox }: Behind): ConsoleParts['health'] {
  const { table, queueUrl, deadLettersUrl } = environment();
  if (table === null) {
    return {
      queue: () => inbox().counts(loop.now().getTime()),
      deadLetters: () => inbox().deadLetters(10),
    };
  }
  return {
    queue: async () => {
      if (queueUrl === null || deadLettersUrl === null) return null;
      return queueHealth({ queue: queueUrl, deadLetters: deadLettersUrl }, loop.now());
    },
    deadLetters: async () => null,
  };
}

const dayMs = 86_400_000;

/** The path and token of a link for whoever is at the terminal, who may do everything here anyway. */
export async function terminalSignIn(
  { history, now }: Pick<Loop, 'history' | 'now'>,
  user: string,
  lastsMs: number = dayMs,
): Promise<string> {
  if (user === '') throw new TerminalError('a sign-in link is for somebody: name them with --user');
  const token = await create(history, { user, role: 'admin' }, now(), lastsMs);
  return `/console/sign-in?token=${token}`;
}
