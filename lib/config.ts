import { readFile } from 'node:fs/promises';
import type { Control } from './controls/control.ts';
import { type Environment, readEnvironment } from './policy/environment.ts';
import { type PolicyResult, parsePolicy } from './policy/parse.ts';

/** What the service is told: the policy file and the environment. */
export type { Environment } from './policy/environment.ts';
export { type PolicyResult, parsePolicy } from './policy/parse.ts';
export { type Problem, tellProblem } from './policy/problems.ts';
export { Policy } from './policy/schema.ts';

/** The environment of this process; asked anew for the kill switch, which works within one call. */
export function environment(): Environment {
  return readEnvironment(process.env);
}

/** Null where there is no such file. */
export async function loadPolicy(
  file: string,
  controls: readonly Control[],
  now: Date,
): Promise<PolicyResult | null> {
  try {
    return parsePolicy(await readFile(file, 'utf8'), controls, { now, file });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
