/** One thing that is wrong in the policy file, and where. `path` is empty for the file as a whole. */
export interface Problem {
  file: string;
  line: number;
  column: number;
  path: string;
  message: string;
}

/** `snapshut.yml:12:5 controls.public-port.allow[0]: expected …`, safe to print. */
export function tellProblem({ file, line, column, path, message }: Problem): string {
  const where = `${file}:${line}:${column}`;
  return (path ? `${where} ${path}: ${message}` : `${where}: ${message}`).replace(/[\p{Cc}\p{Cf}]/gu, '?');
}

/** `controls.public-port.allow[0]` */
export function tellPath(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.join('').replace(/^\./, '').slice(0, 200);
}
