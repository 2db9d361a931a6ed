import type { History } from '../ports.ts';

/** Of what is signed, each piece once: a copy that somebody kept is refused. */

const beginMs = 60_000;
const rememberMs = 14 * 86_400_000;

/**
 * Runs `keep` unless this was kept before; false where it was. A crash in between lets go after a minute, so that the
 * sender's next try is accepted.
 */
export async function keptOnce(
  digest: string,
  { history, nowMs, owner }: { history: History; nowMs: number; owner: string },
  keep: () => Promise<boolean>,
): Promise<boolean> {
  const key = `webhook/${digest}`;
  if (!(await history.lease(key, owner, nowMs + beginMs, nowMs))) return false;
  try {
    const isNew = await keep();
    await history.lease(key, owner, nowMs + rememberMs, nowMs);
    return isNew;
  } catch (error) {
    await history.release(key, owner);
    throw error;
  }
}
