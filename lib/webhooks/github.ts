import { createHmac, createVerify } from 'node:crypto';
import { deeperThan, field, parsed, text } from '../events/json.ts';
import { levelsMax, named, timeOf } from '../events/normalised.ts';
import { type Leaked, recognise } from '../leaks/recognise.ts';
import { type Refusal, refusal } from './refusal.ts';
import { isSame } from './signed.ts';

/** GitHub's two ways of saying that a secret was found: a repository's webhook, and the partner programme. */

/** Deliveries can be sent again by hand for three days. https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks */
const oldestMs = 3 * 86_400_000;

/** https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries */
export function refuseHook(signature: string | undefined, body: Buffer, secret: string): Refusal | null {
  const shown = /^sha256=([0-9a-f]{64})$/.exec(signature ?? '')?.[1];
  if (shown === undefined) return refusal(401, 'expected X-Hub-Signature-256: sha256=…');
  const wanted = createHmac('sha256', secret).update(body).digest();
  return isSame(Buffer.from(shown, 'hex'), wanted)
    ? null
    : refusal(401, 'X-Hub-Signature-256 does not fit the body');
}

/** https://docs.github.com/code-security/secret-scanning/secret-scanning-partnership-program: ECDSA over P-256 and SHA-256. */
export function refusePartner(
  { id, signature }: { id: string | undefined; signature: string | undefined },
  body: Buffer,
  keys: ReadonlyMap<string, string>,
): Refusal | null {
  if (!id || !signature)
    return refusal(401, 'expected Github-Public-Key-Identifier and Github-Public-Key-Signature');
  const key = keys.get(id);
  if (key === undefined) return refusal(401, 'GitHub has no public key of that identifier');
  return verifies(key, signature, body)
    ? null
    : refusal(401, 'Github-Public-Key-Signature does not fit the body');
}

function verifies(key: string, signature: string, body: Buffer): boolean {
  try {
    return createVerify('SHA256').update(body).verify(key, signature, 'base64');
  } catch {
    // OpenSSL's way of saying that these bytes are no signature.
    return false;
  }
}

export interface Told {
  /** For the history: `GitHub alert 191 of octo/site`. */
  name: string;
  at: string | null;
  leaked: Leaked[];
  /** Where GitHub itself would say which secret it was. */
  alertUrl: string | null;
}

/** What a delivery of a repository's webhook says; a reason where that is nothing about a secret at large. */
export function readHook(
  eventName: string | undefined,
  body: Buffer,
  now: Date,
): Told | Refusal | { ignored: string } {
  if (eventName === 'ping') return { ignored: 'ping' };
  if (eventName !== 'secret_scanning_alert' && eventName !== 'secret_scanning_alert_location')
    return { ignored: `${named(eventName) ?? 'the event'} is not about a secret` };
  const payload = parsed(body.toString('utf8'));
  if (deeperThan(payload, levelsMax)) return refusal(400, `nested deeper than ${levelsMax} levels`);
  const alert = field(payload, 'alert');
  if (alert === undefined) return refusal(400, 'the body holds no alert');
  const action = text(payload, 'action') ?? '';
  if (!['created', 'reopened', 'publicly_leaked', 'validated'].includes(action))
    return { ignored: `an alert that is ${named(action) ?? 'changed'}` };
  const at = timeOf(field(alert, 'updated_at'), field(alert, 'created_at'));
  if (at !== null && now.getTime() - Date.parse(at) > oldestMs)
    return refusal(400, `the alert is of ${at}: at most three days are accepted`);
  const repository = field(payload, 'repository');
  const where = text(repository, 'full_name');
  const number = field(alert, 'number');
  const isUsable =
    where !== null && /^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(where) && Number.isSafeInteger(number);
  return {
    name: isUsable ? `GitHub alert ${number} of ${where}` : 'GitHub alert',
    at,
    leaked: recognise(JSON.stringify([alert, field(payload, 'location') ?? null])),
    alertUrl: isUsable ? `/repos/${where}/secret-scanning/alerts/${number}` : null,
  };
}

/** A list of tokens, each with its type and where it was found. */
export function readPartner(body: Buffer): Told | Refusal {
  const payload = parsed(body.toString('utf8'));
  if (!Array.isArray(payload)) return refusal(400, 'the body is no list of tokens');
  const tokens = payload.flatMap((one) => text(one, 'token') ?? []);
  return {
    name: 'GitHub secret scanning',
    at: null,
    leaked: recognise(tokens.join('\n')),
    alertUrl: null,
  };
}
