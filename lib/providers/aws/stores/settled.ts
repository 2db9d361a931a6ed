import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError } from '../../../errors.ts';

const tries = 6;
const pauseMs = 5_000;

/**
 * Waits until AWS shows what it was told, and leaves the rest to a later delivery: the change goes on without
 * us, and the next look finds it done.
 */
export async function settled(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let left = tries; left > 0; left--) {
    if (await isSo()) return;
    if (left > 1) await sleep(pauseMs);
  }
  throw new RetryableError(`${what} is still being changed`);
}
