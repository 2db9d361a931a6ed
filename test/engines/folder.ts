import { mkdir, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where engines are kept between runs: `.engines/` of the checkout, or what SNAPSHUT_ENGINES says. */
export function enginesFolder(): string {
  return resolve(process.env.SNAPSHUT_ENGINES ?? resolve(import.meta.dirname, '../../.engines'));
}

/** Why real engines are left out of this run, or null. `npm test -- --quick` sets the variable. */
export function leftOut(): string | null {
  return process.env.SNAPSHUT_QUICK ? 'real engines are left out by --quick' : null;
}

/** Makes something once, although several test processes may want it at the same time. */
export async function once(path: string, make: () => Promise<void>): Promise<void> {
  const done = `${path}.done`;
  const lock = `${path}.lock`;
  await mkdir(enginesFolder(), { recursive: true });
  for (;;) {
    if (await exists(done)) return;
    if (await taken(lock)) break;
    await abandoned(lock);
    await sleep(200);
  }
  try {
    if (await exists(done)) return;
    await rm(path, { recursive: true, force: true });
    await make();
    await mkdir(done);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** A run that was killed leaves its lock; nothing that we make takes this long. */
async function abandoned(lock: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(lock);
    if (Date.now() - mtimeMs > 15 * 60_000) await rm(lock, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
