import type { Outcome } from '../model.ts';
import type { Turn } from '../turn.ts';
import { create, deliver } from './issue.ts';
import { deactivate, deleteOld, hold, verify } from './retire.ts';
import type { RotationStep } from './rotation.ts';
import { Run } from './run.ts';

/** A step's outcome line, or null when the next step was recorded and can be taken at once. */
type Step = (run: Run) => Promise<Outcome | null>;

const steps: { [step in Exclude<RotationStep, 'done' | 'stopped'>]: Step } = {
  create,
  deliver,
  verify,
  deactivate,
  hold,
  delete: deleteOld,
};

/** The most steps of one visit: from begin to end, with new keys for lost secrets in between. */
const stepsMost = 20;

/** Goes on with a rotation that is under way, as far as it can now. */
export async function carryOn(turn: Turn): Promise<Outcome> {
  if (turn.loop.dryRun) return turn.say(turn.case?.outcome ?? 'told', 'the key is being replaced');
  return goOn(new Run(turn, { isResumed: true }));
}

export async function goOn(run: Run): Promise<Outcome> {
  for (let taken = 0; taken < stepsMost; taken += 1) {
    const { step } = run.rotation;
    if (step === 'done' || step === 'stopped') break;
    const outcome = await steps[step](run);
    if (outcome !== null) return outcome;
  }
  return run.pause('the key is being replaced');
}
