import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Role } from '../approvers.ts';
import { roles, type SignIn } from '../sign-in-links.ts';

/** Who is signed in, as a cookie says it: readable by nobody's script, signed, and over after a working day. */

export interface Session extends SignIn {
  groups: readonly string[];
  /** Random; what forms show is derived from it. */
  id: string;
  untilMs: number;
}

const Stored = z.strictObject({
  user: z.string().min(1).max(200),
  role: z.enum(roles),
  groups: z.array(z.string()),
  id: z.string().min(16).max(64),
  untilMs: z.number(),
});

const lastsMs = 10 * 3_600_000;

export function newSession({ user, role, groups = [] }: SignIn, nowMs: number): Session {
  const id = randomBytes(16).toString('hex');
  return { user: user.slice(0, 200), role, groups: groups.slice(0, 50), id, untilMs: nowMs + lastsMs };
}

export function sealSession(session: Session, secret: string): string {
  const body = Buffer.from(JSON.stringify(session)).toString('base64url');
  return `${body}.${mac(`session ${body}`, secret)}`;
}

/** Null for anything that this secret did not sign, and for what is over. */
export function openSession(cookie: string, secret: string, nowMs: number): Session | null {
  const [body = '', shown = '', ...rest] = cookie.slice(0, 4000).split('.');
  if (rest.length > 0 || !isSame(shown, mac(`session ${body}`, secret))) return null;
  const session = Stored.parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
  return session.untilMs > nowMs ? session : null;
}

/** What every form of this session carries: a page of somebody else cannot know it. */
export function formToken(session: Session, secret: string): string {
  return mac(`form ${session.id}`, secret);
}

export function isFormToken(shown: string, session: Session, secret: string): boolean {
  return isSame(shown, formToken(session, secret));
}

export function mayDo(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

function mac(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}

/** In one time, whatever was shown. */
function isSame(shown: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
