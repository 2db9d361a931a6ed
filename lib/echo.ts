import { kinds, type State } from './kinds.ts';
import { readState } from './loop.ts';
import type { Change, Finding, Trigger } from './model.ts';
import { resourceKey } from './model.ts';
import type { Turn } from './turn.ts';

/**
 * Clouds answer from before a change for a while after it:
 * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 * Ids that a cloud gives are given once, so an element that our last fix removed cannot be back under its id. Names that
 * people give, and settings, can be back: they are taken to be when an event from after our fix says that somebody acted,
 * or when the cloud still shows them after a while.
 */

const echoForMs = 60_000;
const waitMs = 2_000;
const waits = 5;

/** Waits until the cloud no longer shows what we have just shut. Null where it does not show it: nothing to wait for. */
export async function pastEcho(
  turn: Turn,
  state: State,
  found: Finding,
): Promise<{ state: State | null } | null> {
  if (turn.case !== null || turn.loop.dryRun) return null;
  const { history, now, sleep } = turn.loop;
  const last = await history.latest(resourceKey(turn.resource), turn.control.name);
  if (last?.outcome !== 'fixed' || last.closedAt === null) return null;
  if (now().getTime() - Date.parse(last.closedAt) > echoForMs) return null;
  if (!kinds[state.kind].idsAreAssigned && isNews(turn.trigger, last.closedAt)) return null;
  const shut = new Set(last.shut.flatMap(idsShutBy));
  const isEcho = (exposures: Finding['exposures'] = []) => exposures.some(({ id }) => shut.has(id));
  if (!isEcho(found.exposures)) return null;
  for (let wait = 1; ; wait += 1) {
    await sleep(waitMs);
    const read = await readState(turn.resource, turn.loop);
    if (read === null || wait === waits || !isEcho(turn.check(read).found?.exposures)) return { state: read };
  }
}

function idsShutBy(change: Change): string[] {
  if (change.op === 'set') return [change.id];
  return change.op === 'remove' ? [change.value.id] : [];
}

/** Logs tell the second of a change and not its moment: the second of our own fix is no news. */
function isNews({ at }: Trigger, closedAt: string): boolean {
  return at !== null && Date.parse(at) > Date.parse(closedAt) + 1_000;
}
