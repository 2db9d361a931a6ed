import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Refusal, refusal } from './refusal.ts';

/**
 * A webhook signed as Standard Webhooks says: an id, a time and the raw body under one HMAC.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
const windowMs = 5 * 60_000;
const idShape = /^[\w.:-]{1,128}$/;

export interface SignedHeaders {
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
}

/** Null where it is genuine and of now. `secret` is plain, or base64 behind `whsec_`. */
export function refuseSigned(
  { id, timestamp, signature }: SignedHeaders,
  body: Buffer,
  secret: string,
  now: Date,
): Refusal | null {
  if (!id || !timestamp || !signature)
    return refusal(401, 'expected the headers webhook-id, webhook-timestamp and webhook-signature');
  if (!idShape.test(id) || !/^\d{1,12}$/.test(timestamp))
    return refusal(401, 'webhook-id or webhook-timestamp is of another shape');
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const shown = signature.split(' ').filter((one) => one.startsWith('v1,'));
  if (!shown.some((one) => isSame(Buffer.from(one.slice(3), 'base64'), wanted)))
    return refusal(401, 'the signature does not fit the body');
  // Only now: an unsigned time says nothing.
  const ageMs = now.getTime() - Number(timestamp) * 1000;
  if (Math.abs(ageMs) > windowMs)
    return refusal(400, `sent ${Math.round(ageMs / 1000)} s ago: at most ${windowMs / 1000} s are accepted`);
  return null;
}

export function isSame(shown: Buffer, wanted: Buffer): boolean {
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}
