import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { messageOf } from '../errors.ts';
import { asKept } from '../events/as-kept.ts';
import { readBytes } from '../intake/read-events.ts';
import { normalise } from '../normalise.ts';
import type { Inbox } from '../ports.ts';

/** The service's HTTP: a pure function of what it is given. */

export interface HttpParts {
  inbox: Inbox;
  /** What senders of events show; null: intake is off. */
  token: string | null;
  /** The variable that would turn intake on, for the message. */
  tokenEnv: string;
  version: string;
  now(): Date;
  /** Called after something was stored. */
  onAccepted(): void;
  warn(text: string): void;
  /** What else is answered: the console, Slack's clicks, webhooks. */
  routes?: readonly Routes[];
}

/** Adds its own paths to the service's HTTP. `onAccepted` is called after it put something into the inbox. */
export type Routes = (app: Hono, onAccepted: () => void) => void;

export const bodyBytesMax = 5 * 1024 * 1024;

export function httpApp(parts: HttpParts): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    parts.warn(`${context.req.method} ${context.req.path}: ${messageOf(error)}`);
    return problem(context, 503, 'the service cannot store events now; send again later');
  });
  app.notFound((context) => problem(context, 404, `there is no ${context.req.path}`));
  app.get('/healthz', async (context) => {
    const queue = await parts.inbox.counts(parts.now().getTime());
    return context.json({ status: 'ok', version: parts.version, queue });
  });
  const limit = bodyLimit({
    maxSize: bodyBytesMax,
    onError: (context) => problem(context, 413, `a body holds at most ${bodyBytesMax} bytes`),
  });
  app.post(
    '/events',
    (context, next) => refuse(context, parts) ?? next(),
    limit,
    (context) => accept(context, parts),
  );
  for (const route of parts.routes ?? []) route(app, parts.onAccepted);
  app.all('/events', (context) => problem(context, 405, 'events are sent with POST', { Allow: 'POST' }));
  return app;
}

/** Why this request is not read; null when it may be. */
function refuse(context: Context, { token, tokenEnv }: HttpParts): Response | null {
  if (token === null) return problem(context, 503, `event intake is off: ${tokenEnv} is not set`);
  const shown = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
  if (shown === undefined || !isSame(shown, token))
    return problem(context, 401, 'show the token as "Authorization: Bearer TOKEN"', {
      'WWW-Authenticate': 'Bearer',
    });
  const type = (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json' && type !== 'application/x-ndjson')
    return problem(context, 415, 'expected Content-Type application/json or application/x-ndjson');
  if ((context.req.header('content-encoding') ?? 'identity') !== 'identity')
    return problem(context, 415, 'expected a body without Content-Encoding');
  return null;
}

/** Hashes are of one length, and comparing them takes one time, whatever was shown. */
function isSame(shown: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(shown), hash(token));
}

/** Answers 202 only when everything readable is stored; what is not readable is named. */
async function accept(context: Context, { inbox, now, onAccepted }: HttpParts): Promise<Response> {
  const body = Buffer.from(await context.req.arrayBuffer());
  const rejected: { line: string; why: string }[] = [];
  const readable = new Map<string, string>();
  for (const intake of readBytes(body, 'line')) {
    const line = intake.source.replace('line:', '');
    if ('unreadable' in intake) {
      rejected.push({ line, why: intake.unreadable });
      continue;
    }
    const event = asKept(intake.event);
    const { eventId, malformed, ignored } = normalise(event);
    if (malformed) rejected.push({ line, why: ignored ?? 'malformed event' });
    else readable.set(eventId, JSON.stringify(event));
  }
  if (readable.size === 0) {
    return context.json({ error: 'no event could be read', rejected: rejected.slice(0, 100) }, 400);
  }
  const accepted: string[] = [];
  const known: string[] = [];
  for (const [eventId, text] of readable) {
    const isNew = await inbox.put(eventId, text, now().getTime());
    (isNew ? accepted : known).push(eventId);
  }
  onAccepted();
  return context.json({ accepted, known, rejected: rejected.slice(0, 100) }, 202);
}

function problem(
  context: Context,
  status: 401 | 404 | 405 | 413 | 415 | 503,
  error: string,
  headers: Record<string, string> = {},
): Response {
  return context.json({ error }, status, headers);
}
