import { TerminalError } from '../errors.ts';
import type { HeldKey } from './rotator.ts';
import type { Run } from './run.ts';

/**
 * Keys that appeared since the rotation recorded which ones there were. Ours, left by a crash between the call and
 * its record, is removed: nobody knows its secret. Whose it is, only the provider's own record of the call says,
 * which names our role and this case; neither the time nor the name of the owner proves anything, because a
 * person may make a key in the same second.
 */
export type Gap =
  | { is: 'clear'; keys: HeldKey[] }
  | { is: 'unknown'; keyId: string; why: string }
  | { is: 'somebody'; keyId: string; why: string };

export async function closeGap(run: Run, keys: readonly HeldKey[]): Promise<Gap> {
  const { existing, replacement, discarded, since } = run.rotation;
  const known = new Set([...existing, replacement]);
  let left = [...keys];
  let open: Gap | null = null;
  for (const { id } of keys) {
    if (known.has(id)) continue;
    const maker = discarded.includes(id) ? 'us' : await makerOf(run, id, since);
    if (maker === 'us') {
      await run.rotator.delete(run.holder, id);
      left = left.filter((key) => key.id !== id);
    } else open ??= { is: maker, keyId: id, why: whyOf(maker, id) };
  }
  return open ?? { is: 'clear', keys: left };
}

/** Without the right to look nobody knows, and that is no answer which a key may be removed on. */
async function makerOf(run: Run, keyId: string, since: string) {
  try {
    return await run.rotator.madeBy(run.holder, keyId, run.caseId, since);
  } catch (error) {
    if (error instanceof TerminalError) return 'unknown';
    throw error;
  }
}

function whyOf(maker: 'somebody' | 'unknown', id: string): string {
  return maker === 'somebody'
    ? `somebody else made ${id} at the same time: both keys are left as they are`
    : `${id} appeared while a new key was made, and nothing says yet who made it`;
}
