import { kinds, type State } from './kinds.ts';
import { readState } from './loop.ts';
import type { Finding } from './model.ts';
import { resourceKey } from './model.ts';
import type { Turn } from './turn.ts';

/**
 * Clouds answer from before a change for a while after it:
 * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 * Ids that a cloud gives are given once, so an element that our last fix removed cannot be back under its id.
 */

const echoForMs = 60_000;
const waitMs = 2_000;
const waits = 5;

/** Waits until the cloud no longer shows what we have just removed. Null where it does not show it: nothing to wait for. */
export async function pastEcho(
  turn: Turn,
  state: State,
  found: Finding,
): Promise<{ state: State | null } | null> {
  if (turn.case !== null || turn.loop.dryRun || !kinds[state.kind].idsAreAssigned) return null;
  const { history, now, sleep } = turn.loop;
  const last = await history.latest(resourceKey(turn.resource), turn.control.name);
  if (last?.outcome !== 'fixed' || last.closedAt === null) return null;
  if (now().getTime() - Date.parse(last.closedAt) > echoForMs) return null;
  const removed = new Set(last.shut.flatMap((one) => (one.op === 'remove' ? one.value.id : [])));
  const isEcho = (exposures: Finding['exposures'] = []) => exposures.some(({ id }) => removed.has(id));
  if (!isEcho(found.exposures)) return null;
  for (let wait = 1; ; wait += 1) {
    await sleep(waitMs);
    const read = await readState(turn.resource, turn.loop);
    if (read === null || wait === waits || !isEcho(turn.check(read).found?.exposures)) return { state: read };
  }
}
