import { planFingerprint } from '../fingerprint.ts';
import type { Outcome } from '../model.ts';
import type { Turn } from '../turn.ts';
import { goOn } from './carry-on.ts';
import { retire } from './retire.ts';
import { Run } from './run.ts';

/** What a person says about a key that is being replaced: the keys are read again before anything moves. */

/** Yes: the old key is switched off although it is used, or is deleted. */
export async function agree(turn: Turn, by: string): Promise<Outcome> {
  const run = new Run(turn, { isResumed: false });
  const { step } = run.rotation;
  const plan = turn.case?.changes ?? [];
  if (planFingerprint(turn.resource, turn.control.name, plan) !== turn.case?.asked?.planFingerprint)
    return goOn(run);
  if (step === 'verify') await retire(run, `agreed by ${by}`, by);
  else await run.move('delete', `${run.oldId} is deleted, agreed by ${by}`, { deletionBy: by });
  return goOn(run);
}

/** Not now: the same step waits, and is asked about again after that. */
export async function postpone(turn: Turn, by: string, forMs: number): Promise<Outcome> {
  const run = new Run(turn, { isResumed: false });
  const until = new Date(run.now().getTime() + forMs).toISOString();
  const why = `denied by ${by}: ${run.oldId} stays as it is until ${until}`;
  await run.move(run.rotation.step, why, { until });
  return run.pause(why);
}
