import * as z from 'zod';
import { RetryableError } from '../errors.ts';
import { type Leaked, recognise } from '../leaks/recognise.ts';

/** What GitHub has to be asked for. */

type Fetch = (
  url: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<Response>;

const timeoutMs = 10_000;
const keysMs = 3_600_000;
const PublicKeys = z.object({
  public_keys: z.array(z.object({ key_identifier: z.string(), key: z.string() })).max(100),
});
const Alert = z.object({ secret: z.string().max(100_000) });

async function get(path: string, base: string, fetch: Fetch, token: string | null): Promise<unknown> {
  const response = await fetch(`${base}${path}`, {
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new RetryableError(`GitHub answered ${response.status} to ${path.split('/')[1]}`);
  return response.json();
}

/** The keys that GitHub signs partners' messages with, kept for an hour. */
export function publicKeys(
  base: string,
  fetch: Fetch,
  nowMs: () => number,
): () => Promise<Map<string, string>> {
  let kept: { keys: Map<string, string>; untilMs: number } | null = null;
  return async () => {
    if (kept && nowMs() < kept.untilMs) return kept.keys;
    const { data } = PublicKeys.safeParse(await get('/meta/public_keys/secret_scanning', base, fetch, null));
    if (data === undefined) throw new RetryableError('GitHub names no public keys');
    const keys = new Map(data.public_keys.map((one) => [one.key_identifier, one.key]));
    kept = { keys, untilMs: nowMs() + keysMs };
    return keys;
  };
}

/** Webhooks do not hold the secret; the alert does. Only what is recognised in it leaves this function. */
export async function leakedInAlert(
  path: string,
  base: string,
  fetch: Fetch,
  token: string,
): Promise<Leaked[]> {
  const { data } = Alert.safeParse(await get(path, base, fetch, token));
  return data === undefined ? [] : recognise(data.secret);
}
