import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Leaked } from '../leaks/recognise.ts';
import { recognise } from '../leaks/recognise.ts';
import type { AccountScope, History } from '../ports.ts';
import { leakEvent } from '../webhooks/event.ts';
import { readHook, readPartner, refuseHook, refusePartner, type Told } from '../webhooks/github.ts';
import { keptOnce } from '../webhooks/once.ts';
import { type Refusal, refusal } from '../webhooks/refusal.ts';
import { refuseSigned } from '../webhooks/signed.ts';
import type { Routes } from './http.ts';

/** What webhooks tell about leaked credentials: verified over the raw body, kept as an event without any secret. */

export interface WebhookParts {
  guarded: readonly AccountScope[];
  history: History;
  /** Keeps an event; false where it was kept before. */
  put(eventId: string, body: string): Promise<boolean>;
  /** What a variable says, from the environment or from Secrets Manager; null where it is not set. */
  secret(name: 'SNAPSHUT_GITHUB_SECRET' | 'SNAPSHUT_WEBHOOK_SECRET'): Promise<string | null>;
  /** GitHub's keys for its partners; null where the programme is not used. */
  partnerKeys: (() => Promise<ReadonlyMap<string, string>>) | null;
  /** What an alert is about, asked of GitHub itself; null where no token was given. */
  alert: ((path: string) => Promise<Leaked[]>) | null;
  now(): Date;
  newId(): string;
}

/** Far more than any of these messages needs. */
const bytesMax = 1024 * 1024;

export function webhookRoutes(parts: WebhookParts): Routes {
  return (app, onAccepted) => {
    const limit = bodyLimit({
      maxSize: bytesMax,
      onError: (context) => refuse(context, refusal(413, `a webhook holds at most ${bytesMax} bytes`)),
    });
    app.post('/webhooks/github', limit, (context) => fromGitHub(context, parts, onAccepted));
    app.post('/webhooks/signed', limit, (context) => fromSigned(context, parts, onAccepted));
    app.all('/webhooks/*', (context) =>
      context.json({ error: 'webhooks are sent with POST' }, 405, { Allow: 'POST' }),
    );
  };
}

async function fromGitHub(context: Context, parts: WebhookParts, onAccepted: () => void): Promise<Response> {
  const body = Buffer.from(await context.req.arrayBuffer());
  const told = context.req.header('github-public-key-signature')
    ? await partnerMessage(context, body, parts)
    : await hookMessage(context, body, parts);
  if ('status' in told) return refuse(context, told);
  if ('ignored' in told) return context.json(told, 202);
  const leaked =
    told.leaked.length === 0 && told.alertUrl !== null && parts.alert !== null
      ? await parts.alert(told.alertUrl)
      : told.leaked;
  return keep(context, { ...told, leaked, by: told.name, digest: digestOf(body) }, parts, onAccepted);
}

async function hookMessage(
  context: Context,
  body: Buffer,
  parts: WebhookParts,
): Promise<Told | Refusal | { ignored: string }> {
  const secret = await parts.secret('SNAPSHUT_GITHUB_SECRET');
  if (secret === null) return refusal(503, 'webhooks of GitHub are off: SNAPSHUT_GITHUB_SECRET is not set');
  const refused = refuseHook(context.req.header('x-hub-signature-256'), body, secret);
  if (refused !== null) return refused;
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? ''))
    return refusal(415, 'choose the content type application/json for this webhook');
  return readHook(context.req.header('x-github-event'), body, parts.now());
}

async function partnerMessage(context: Context, body: Buffer, parts: WebhookParts): Promise<Told | Refusal> {
  if (parts.partnerKeys === null)
    return refusal(503, "GitHub's partner messages are off: SNAPSHUT_GITHUB_PARTNER is not set");
  const id = context.req.header('github-public-key-identifier');
  const signature = context.req.header('github-public-key-signature');
  return refusePartner({ id, signature }, body, await parts.partnerKeys()) ?? readPartner(body);
}

async function fromSigned(context: Context, parts: WebhookParts, onAccepted: () => void): Promise<Response> {
  const secret = await parts.secret('SNAPSHUT_WEBHOOK_SECRET');
  if (secret === null)
    return refuse(context, refusal(503, 'signed webhooks are off: SNAPSHUT_WEBHOOK_SECRET is not set'));
  const body = Buffer.from(await context.req.arrayBuffer());
  const id = context.req.header('webhook-id');
  const timestamp = context.req.header('webhook-timestamp');
  const signature = context.req.header('webhook-signature');
  const refused = refuseSigned({ id, timestamp, signature }, body, secret, parts.now());
  if (refused !== null) return refuse(context, refused);
  const at = new Date(Number(timestamp) * 1000).toISOString();
  const about = {
    name: 'signed webhook',
    by: 'a signed webhook',
    at,
    leaked: recognise(body.toString('latin1')),
  };
  return keep(context, { ...about, digest: digestOf(Buffer.from(String(id))) }, parts, onAccepted);
}

interface Kept {
  name: string;
  by: string;
  at: string | null;
  leaked: readonly Leaked[];
  digest: string;
}

/** 202 only when it is stored. */
async function keep(
  context: Context,
  { digest, ...about }: Kept,
  parts: WebhookParts,
  onAccepted: () => void,
): Promise<Response> {
  const eventId = `webhook/${digest}`;
  const event = JSON.stringify(leakEvent({ ...about, eventId }, parts.guarded));
  const lease = { history: parts.history, nowMs: parts.now().getTime(), owner: `webhook/${parts.newId()}` };
  const isNew = await keptOnce(digest, lease, () => parts.put(eventId, event));
  if (!isNew) return refuse(context, refusal(409, 'replayed: this message was accepted before'));
  onAccepted();
  return context.json({ accepted: eventId, credentials: about.leaked.length }, 202);
}

const digestOf = (body: Buffer) => createHash('sha256').update(body).digest('hex').slice(0, 40);

function refuse(context: Context, { status, error }: Refusal): Response {
  return context.json({ error }, status);
}
