import { loadPolicy, tellProblem } from '../config.ts';
import { controls } from '../controls/registry.ts';
import { clock } from '../wire-clock.ts';
import { readPolicy } from '../wire-policy.ts';
import { printJson, say, warn } from './print.ts';

/** `snapshut controls`: every control with the mode that the policy file gives it. */
export async function listControls(options: { json: boolean; policy?: string }): Promise<number> {
  const policy = await readPolicy(options.policy, clock(undefined)());
  for (const { name, kind, title, remedy, defaultMode } of controls) {
    const mode = policy.controls[name]?.mode ?? defaultMode;
    if (options.json) printJson({ control: name, kind, mode, defaultMode, title, remedy });
    else say(`${name.padEnd(30)} ${mode.padEnd(5)} ${kind.padEnd(12)} ${title}`);
  }
  return 0;
}

/** `snapshut policy check`: exit 2 where the file is wrong. */
export async function checkPolicy(
  file: string | undefined,
  options: { json: boolean; policy?: string },
): Promise<number> {
  const path = file ?? options.policy ?? 'snapshut.yml';
  const read = await loadPolicy(path, controls, clock(undefined)());
  if (read === null) {
    warn(`there is no file ${path}`);
    return 2;
  }
  for (const problem of [...read.problems, ...read.warnings]) {
    if (options.json) printJson(problem);
    else say(tellProblem(problem));
  }
  if (read.problems.length > 0) return 2;
  if (!options.json) say(`${path} is right`);
  return 0;
}
