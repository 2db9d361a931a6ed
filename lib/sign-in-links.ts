import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Role } from './approvers.ts';
import type { History } from './ports.ts';

/** Single-use tokens that let one person into the console. Only their hash is stored. */

/** In the order in which they may do more. */
export const roles = ['viewer', 'approver', 'admin'] as const satisfies readonly Role[];

export interface SignIn {
  /** As the history names who did something: `slack/U0123`, or the user of a terminal. */
  user: string;
  /** viewer: looks; approver: also answers and undoes; admin: also freezes and lets blocked clients go. */
  role: Role;
  /** The Slack user groups that they are in, of those that the policy names. */
  groups?: readonly string[];
}

const Stored = z.object({
  user: z.string().min(1),
  role: z.enum(roles),
  groups: z.array(z.string()).default([]),
  untilMs: z.number(),
});

const validMs = 5 * 60_000;
const hourMs = 3_600_000;

type Store = Pick<History, 'setting' | 'set' | 'reserve'>;

/** A new token. It works once, for five minutes unless told otherwise. */
export async function create(
  history: Store,
  { user, role, groups = [] }: SignIn,
  now: Date,
  lastsMs: number = validMs,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await history.set(nameOf(token), { user, role, groups: [...groups], untilMs: now.getTime() + lastsMs });
  return token;
}

/** Whom the token lets in; null when it is unknown, used or too old. Of those who come together one gets in. */
export async function redeem(history: Store, token: string, now: Date): Promise<SignIn | null> {
  if (!/^[\w-]{43}$/.test(token)) return null;
  const name = nameOf(token);
  const stored = Stored.safeParse(await history.setting(name));
  if (!stored.success || stored.data.untilMs <= now.getTime()) return null;
  const { user, role, groups, untilMs } = stored.data;
  const nowMs = now.getTime();
  const isFirst = await history.reserve({
    counter: name,
    id: randomBytes(16).toString('hex'),
    max: 1,
    windowMs: untilMs - nowMs + hourMs,
    nowMs,
  });
  if (!isFirst) return null;
  await history.set(name, null);
  return { user, role, groups };
}

const nameOf = (token: string) => `sign-in/${createHash('sha256').update(token).digest('hex')}`;
