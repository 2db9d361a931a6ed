import { randomUUID } from 'node:crypto';
import { environment } from './config.ts';
import type { AccountScope, History } from './ports.ts';
import { fetchSecret, Secrets } from './secret.ts';
import type { Routes } from './serve/http.ts';
import { type WebhookParts, webhookRoutes } from './serve/webhooks.ts';
import { leakedInAlert, publicKeys } from './webhooks/github-api.ts';

/** The part of the composition root that knows where webhooks' secrets are. */

const gitHub = 'https://api.github.com';

/** The calls of this file. */
export { calls } from './secret.ts';

export interface WebhookWiring {
  guarded: readonly AccountScope[];
  history: History;
  put: WebhookParts['put'];
  now(): Date;
}

export function webhooks({ guarded, history, put, now }: WebhookWiring): Routes {
  const { variable } = environment();
  const base = variable('GITHUB_API_URL') ?? gitHub;
  const nowMs = () => now().getTime();
  const secrets = new Secrets({ variable, fetch: fetchSecret, now });
  const secret = async (name: string) => (variable(name) === null ? null : secrets.of(name));
  const token = async () => secret('SNAPSHUT_GITHUB_TOKEN');
  return webhookRoutes({
    guarded,
    history,
    put,
    secret,
    partnerKeys: variable('SNAPSHUT_GITHUB_PARTNER') === null ? null : publicKeys(base, fetch, nowMs),
    alert:
      variable('SNAPSHUT_GITHUB_TOKEN') === null
        ? null
        : async (path) => leakedInAlert(path, base, fetch, (await token()) ?? ''),
    now,
    newId: randomUUID,
  });
}
