import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */

const windowSeconds = 300;

export interface SignedRequest {
  /** Header `X-Slack-Request-Timestamp` */
  timestamp: string | undefined;
  /** Header `X-Slack-Signature` */
  signature: string | undefined;
  /** The body, byte for byte as it came. */
  body: Uint8Array;
}

/** Why this is no request of Slack's, or null. */
export function whyForged(
  { timestamp, signature, body }: SignedRequest,
  secret: string,
  now: Date,
): string | null {
  if (secret === '') return 'no signing secret is set';
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return 'no timestamp';
  if (signature === undefined || !/^v0=[0-9a-f]{64}$/.test(signature)) return 'no v0 signature';
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > windowSeconds) return 'too old, or of the future';
  const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature.slice(3), 'hex')) ? null : 'the signature is wrong';
}

/** The same for the same request only. */
export function nonceOf({ timestamp, signature }: SignedRequest): string {
  return createHash('sha256').update(`${timestamp}:${signature}`).digest('hex');
}

/** What is remembered of a request for longer than its timestamp is believed, so that it counts once. */
export const nonceMs = 3 * windowSeconds * 1000;
