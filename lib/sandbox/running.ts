import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Environment } from '../policy/environment.ts';
import { isAlive } from '../process-alive.ts';

/** The sandbox that `snapshut start` runs, as the commands of another terminal find it: a note in the state folder. */
export const RunningSandbox = z.strictObject({
  pid: z.int().positive(),
  endpoint: z.url(),
  account: z.string(),
  region: z.string(),
});
export type RunningSandbox = z.infer<typeof RunningSandbox>;

/** A sandbox's history is worth as much as its account: both begin anew with each start. */
export const sandboxHome = (home: string) => join(home, 'sandbox');
const noteIn = (home: string) => join(home, 'sandbox.json');

/** Nothing in the environment says which AWS account, or which engine, is meant. */
export function isNoAccountNamed(env: Environment): boolean {
  return !env.hasAwsCredentials && !env.hasEndpointUrl;
}

/** The sandbox of this state folder while its process lives, unless the environment names an account. */
export function runningSandbox(env: Environment): RunningSandbox | null {
  if (!isNoAccountNamed(env)) return null;
  const noted = noteOf(env.home);
  return noted !== null && isAlive(noted.pid) ? noted : null;
}

export function noteSandbox(home: string, sandbox: RunningSandbox): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  rmSync(sandboxHome(home), { recursive: true, force: true });
  writeFileSync(noteIn(home), `${JSON.stringify(sandbox)}\n`, { mode: 0o600 });
}

/** Only our own note: another start may have written its own meanwhile. */
export function forgetSandbox(home: string, pid: number): void {
  if (noteOf(home)?.pid === pid) rmSync(noteIn(home), { force: true });
}

function noteOf(home: string): RunningSandbox | null {
  try {
    return RunningSandbox.parse(JSON.parse(readFileSync(noteIn(home), 'utf8')));
  } catch {
    // Absent, or cut short by a crash: either way nothing runs that we know of.
    return null;
  }
}
