import { randomUUID } from 'node:crypto';
import { environment } from './config.ts';
import { TerminalError } from './errors.ts';
import type { AccountScope, History } from './ports.ts';
import type { Routes } from './serve/http.ts';
import { type WebhookParts, webhookRoutes } from './serve/webhooks.ts';
import { leakedInAlert, publicKeys } from './webhooks/github-api.ts';

/** The part of the composition root that knows where webhooks' secrets are. */

const gitHub = 'https://api.github.com';
const keptMs = 300_000;

/** The calls of this file. */
export const calls = ['secretsmanager:GetSecretValue'] as const;

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
  const secret = secretReader(variable, nowMs);
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

/** The variable's own text, or where it is the ARN of a secret what Secrets Manager holds, kept for five minutes. */
export function secretReader(
  variable: (name: string) => string | null,
  nowMs: () => number,
): (name: string) => Promise<string | null> {
  const kept = new Map<string, { text: string; untilMs: number }>();
  return async (name) => {
    const value = variable(name);
    if (value === null || !value.startsWith('arn:')) return value;
    const known = kept.get(value);
    if (known && nowMs() < known.untilMs) return known.text;
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient({ region: value.split(':')[3] ?? '' });
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: value, VersionStage: 'AWSCURRENT' }),
    );
    if (!SecretString) throw new TerminalError(`${name}: the secret holds no text`);
    kept.set(value, { text: SecretString, untilMs: nowMs() + keptMs });
    return SecretString;
  };
}
