import { createHmac } from 'node:crypto';
import type { Case, Entry } from '../cases.ts';
import type { Severity } from '../model.ts';
import type { Notifier } from '../ports.ts';
import { caseEvents, isAtLeast } from './case-event.ts';
import { type Format, inFormat } from './format.ts';
import { guardedPost, mustBeTaken } from './guarded-post.ts';

export interface WebhookParts {
  name: string;
  url: string;
  secret(): Promise<string>;
  format: Format;
  minSeverity: Severity;
  allowPrivateHosts: readonly string[];
  now(): Date;
}

/**
 * Any address, told with signed POSTs, one per event: https://www.standardwebhooks.com. `webhook-id` is the same when
 * it is sent again; the signature is `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.
 */
export class WebhookNotifier implements Notifier {
  readonly name: string;
  readonly #parts: WebhookParts;

  constructor(parts: WebhookParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  async tell(about: Case, entries: readonly Entry[], since: number): Promise<void> {
    const { url, secret, format, minSeverity, allowPrivateHosts, now } = this.#parts;
    if (!isAtLeast(about.severity, minSeverity)) return;
    const key = await secret();
    for (const event of caseEvents(about, entries, since)) {
      const body = JSON.stringify(inFormat(format, event, about, entries));
      const seconds = Math.floor(now().getTime() / 1000);
      const headers = {
        'Content-Type': 'application/json',
        'webhook-id': event.id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': webhookSignature(event.id, seconds, body, key),
      };
      const answer = await guardedPost({ url, headers, body }, { allowPrivateHosts });
      mustBeTaken(answer, new URL(url).host);
    }
  }
}

/** A secret that begins with `whsec_` is base64 behind it, as the specification has it. */
export function webhookSignature(id: string, seconds: number, body: string, secret: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
