import { RetryableError } from '../errors.ts';
import type { History } from '../ports.ts';

export interface Exclusive {
  history: History;
  now(): Date;
  newId(): string;
  sleep(ms: number): Promise<void>;
}

const tries = 20;

/** Runs alone under this key, among all processes. Throws RetryableError when somebody else holds it for long. */
export async function oneAtATime<T>(key: string, parts: Exclusive, work: () => Promise<T>): Promise<T> {
  const { history, now, newId, sleep } = parts;
  const owner = `slack/${newId()}`;
  for (let attempt = 1; ; attempt += 1) {
    const nowMs = now().getTime();
    if (await history.lease(key, owner, nowMs + 60_000, nowMs)) break;
    if (attempt === tries) throw new RetryableError(`${key} is being told by somebody else`);
    await sleep(50 * attempt);
  }
  try {
    return await work();
  } finally {
    await history.release(key, owner);
  }
}
