import { messageOf, TerminalError } from '../errors.ts';
import type { State } from '../kinds.ts';
import type { Outcome } from '../model.ts';
import type { Turn } from '../turn.ts';
import { goOn } from './carry-on.ts';
import { policyItself, type Rotation } from './rotation.ts';
import { type HeldKey, limitOf } from './rotator.ts';
import { meansOf, Run } from './run.ts';

/** Records which keys there are, and makes a new one. `by`: `policy`, or who asked for it or approved it. */
export async function beginRotation(turn: Turn, state: State, by: string): Promise<Outcome> {
  const begun = await firstStep(turn, state, by);
  if (typeof begun === 'string') {
    return turn.record('refused', begun, { type: 'closed', outcome: 'refused', why: begun });
  }
  const why = `a new key for ${begun.owner} is made, asked for by ${by}`;
  await turn.add({ type: 'rotation', rotation: begun, why });
  return goOn(new Run(turn, { isResumed: false }));
}

/** The rotation as it begins, or why it does not. */
async function firstStep(turn: Turn, state: State, by: string): Promise<Rotation | string> {
  if (state.kind !== 'credential') return `a ${state.kind} has no key to replace`;
  const { resource, loop } = turn;
  if (state.name === null) return 'only the root user itself can replace its key';
  try {
    const { desk, rotator } = meansOf(turn);
    const deliverTo = desk.deliveryFor(resource, state);
    if ('refused' in deliverTo) return deliverTo.refused;
    const holder = { resource, owner: state.name };
    const keys = await rotator.keysOf(holder);
    const refusal = whyNot(keys, resource.id, rotator.keysMax, state.name);
    if (refusal !== null) return refusal;
    return {
      step: 'create',
      by,
      owner: state.name,
      existing: (keys ?? []).map((key) => key.id),
      replacement: null,
      discarded: [],
      deliverTo,
      since: loop.now().toISOString(),
      until: null,
      deletionBy: by === policyItself ? null : by,
    };
  } catch (error) {
    if (error instanceof TerminalError) return messageOf(error);
    throw error;
  }
}

function whyNot(
  keys: readonly HeldKey[] | null,
  oldId: string,
  keysMax: number | null,
  owner: string,
): string | null {
  if (keys === null) return `${owner} does not exist any more`;
  if (!keys.some((key) => key.id === oldId)) return `${oldId} is no key of ${owner} any more`;
  return limitOf(keys, keysMax, owner);
}
