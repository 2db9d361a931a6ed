import { environment, loadPolicy, Policy, type Problem } from './config.ts';
import { controls } from './controls/registry.ts';
import { TerminalError } from './errors.ts';

/** The part of the composition root that reads the policy file. */

/** The policy file does not hold: nothing starts on it. */
export class PolicyError extends TerminalError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(`${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
    this.problems = problems;
  }
}

/** The named file, the environment's, or `snapshut.yml` here; every default where there is none. Throws PolicyError. */
export async function readPolicy(file: string | undefined, now: Date): Promise<Policy> {
  const named = file ?? environment().policyFile;
  const path = named ?? 'snapshut.yml';
  const read = await loadPolicy(path, controls, now);
  if (read === null && named !== null) throw new TerminalError(`there is no file ${named}`);
  if (read === null) return Policy.parse({});
  if (read.policy === null) throw new PolicyError(path, read.problems);
  return read.policy;
}
