import { exposureKey } from '../kinds.ts';
import { readState } from '../loop.ts';
import { type Outcome, resourceKey } from '../model.ts';
import type { Turn } from '../turn.ts';
import { isUnderWay } from './rotation.ts';

/**
 * What undo means for a key that is being or was replaced. Null where it is what undo always is: the key that was
 * deactivated is activated again.
 */
export async function undoRotation(
  turn: Turn,
  answer: { by: string; exemptMs: number },
): Promise<Outcome | null> {
  const known = turn.case;
  const rotation = known?.rotation;
  if (!known || !rotation) return null;
  const { by } = answer;
  if (rotation.step === 'done') {
    const why = `${turn.resource.id} was deleted, and no provider brings a deleted key back; ${rotation.owner} has ${rotation.replacement}`;
    return turn.record('refused', why, { type: 'refused', why, by });
  }
  if (known.shut.length > 0 || !isUnderWay(rotation)) return null;

  // Nothing was deactivated: the owner keeps both keys, and is not asked again for a while.
  const until = new Date(turn.loop.now().getTime() + answer.exemptMs).toISOString();
  const state = await readState(turn.resource, turn.loop);
  const found = state === null ? [] : (turn.check(state).found?.exposures ?? []);
  if (state !== null && found.length > 0) {
    const covers = found.map((one) => exposureKey(state, one));
    const exemption = {
      control: turn.control.name,
      until,
      reason: 'the replacement was stopped',
      by,
      covers,
    };
    await turn.loop.history.exempt({ resourceKey: resourceKey(turn.resource), ...exemption });
  }
  const why = `the replacement was stopped by ${by}; what ${rotation.owner} has stays as it is`;
  return turn.record('undone', why, { type: 'undone', by, changes: [], exemptUntil: until });
}
