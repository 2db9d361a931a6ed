import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';

/** Does the work now and then every `everyMs` until aborted; a failure is told and does not end the rhythm. */
export async function repeat(
  work: () => Promise<void>,
  { everyMs, signal, warn }: { everyMs: number; signal: AbortSignal; warn(text: string): void },
): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => warn(messageOf(error)));
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}
