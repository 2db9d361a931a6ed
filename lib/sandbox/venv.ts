import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../process-alive.ts';

/** Tells the person who waits what is being done. */
export type Progress = (message: string) => void;

export interface Venv {
  /** Its folder's name below the engines folder. */
  name: string;
  /** Exact requirements; another list makes the environment anew. */
  packages: readonly string[];
}

/** Where engines are kept: an ignored folder of the checkout, or one that worktrees and CI share. */
export function enginesFolder(): string {
  const checkout = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  return process.env.SNAPSHUT_ENGINES || join(checkout, '.engines');
}

/**
 * The path of the environment's python, made on first use. Several processes may ask at once: one makes it,
 * the others wait, and a half-made one is never seen because it is moved into place when it is done.
 */
export async function ensureVenv(
  venv: Venv,
  progress: Progress = () => {},
  signal?: AbortSignal,
): Promise<string> {
  const folder = join(enginesFolder(), venv.name);
  const python = join(folder, 'bin', 'python');
  if (await isReady(folder, venv)) return python;
  await mkdir(enginesFolder(), { recursive: true });
  const lock = `${folder}.lock`;
  let told = false;
  while (!(await lockedByUs(lock))) {
    if (!told) progress(`Another process is preparing ${venv.name}; waiting for it …`);
    told = true;
    await sleep(300, undefined, { signal });
    if (await isReady(folder, venv)) return python;
  }
  try {
    if (!(await isReady(folder, venv))) await make(folder, venv, progress, signal);
  } finally {
    await rm(lock, { force: true });
  }
  return python;
}

async function make(folder: string, venv: Venv, progress: Progress, signal?: AbortSignal): Promise<void> {
  progress(`Making the Python environment ${venv.name} (once, about a minute) …`);
  const draft = `${folder}.${process.pid}.draft`;
  await rm(draft, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', draft], { onLine: () => {}, signal }).catch(whyNoVenv);
    const install = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', ...venv.packages];
    const onLine = (line: string) => {
      const got = /^(?:Collecting|Installing collected packages) ?:? ?(\S+)/.exec(line);
      if (got) progress(line.startsWith('Collecting') ? `  fetching ${got[1]}` : '  installing');
    };
    await run(join(draft, 'bin', 'python'), install, { onLine, signal }).catch((error: Error) => {
      if (signal?.aborted) throw error;
      throw new Error(`pip could not install ${venv.packages.join(' ')}: ${error.message}`);
    });
    await writeFile(join(draft, 'ready'), marker(venv));
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function whyNoVenv(error: Error & { code?: string }): never {
  if (error.name === 'AbortError') throw error;
  if (error.code === 'ENOENT') {
    throw new Error(
      'python3 was not found on the PATH: install Python 3.9 or newer to run the local engines.',
    );
  }
  throw new Error(
    `python3 cannot make virtual environments: install its venv module (Debian: apt install python3-venv). ${error.message}`,
  );
}

const marker = (venv: Venv) => `${venv.packages.join('\n')}\n`;

async function isReady(folder: string, venv: Venv): Promise<boolean> {
  return (await readOr(join(folder, 'ready'), '')) === marker(venv);
}

/** A lock whose owner is dead, or that was never written out, is taken away so that the next try gets it. */
async function lockedByUs(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const owner = Number(await readOr(lock, ''));
  const since = (await stat(lock).catch(() => null))?.mtimeMs ?? Date.now();
  const unwritten = owner === 0 && Date.now() - since > 5_000;
  if (unwritten || (owner > 0 && !isAlive(owner))) await rm(lock, { force: true });
  return false;
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return otherwise;
    throw error;
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Rejects with the last line that the command said on its error channel. */
async function run(
  command: string,
  args: readonly string[],
  { onLine, signal }: { onLine(line: string): void; signal: AbortSignal | undefined },
): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
  const ended = once(child, 'close');
  let last = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    onLine(line);
    last = line.trim() || last;
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    last = line.trim() || last;
  });
  const [code] = await ended;
  if (code !== 0) throw new Error(last || `${command} ended with ${code}`);
}
