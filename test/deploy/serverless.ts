import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureVenv } from '../../lib/sandbox/venv.ts';

const longestMs = 150_000;
export const root = join(import.meta.dirname, '../..');

/** Runs serverless on the project's own node; rejects with what it said. */
export async function serverless(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return alone(() => runServerless(args, env));
}

/** The template of stage prod, in a file of its own. */
export async function packagedTemplateFile(): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'template-')), 'hub.json');
  await alone(async () => {
    await runServerless(['package', '--stage', 'prod', '--region', 'eu-central-1']);
    copyFileSync(join(root, '.serverless/cloudformation-template-update-stack.json'), file);
  });
  return file;
}

function runServerless(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const bin = join(root, 'node_modules/serverless/bin/serverless.js');
  return run(process.execPath, [bin, ...args], { AWS_REGION: 'eu-central-1', ...env });
}

/** Serverless builds in folders of the checkout, and test files run beside each other. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const lock = join(tmpdir(), `serverless-${root.replaceAll(/\W/g, '-')}.lock`);
  while (!took(lock)) await sleep(200);
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A lock older than any run was left behind by one that was killed. */
function took(lock: string): boolean {
  const heldSinceMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - heldSinceMs > 2 * longestMs) rmSync(lock, { recursive: true, force: true });
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** What cfn-lint says about templates; empty where it has nothing to say. */
export async function cfnLint(...files: string[]): Promise<string> {
  const python = await ensureVenv({ name: 'venv-cfn-lint', packages: ['cfn-lint==1.58.0'] });
  const main = 'import sys; from cfnlint.runner import main; sys.exit(main())';
  // W3005: serverless itself writes a DependsOn that says nothing new beside each route of an HTTP API.
  const options = ['--regions', 'eu-central-1', '--ignore-checks', 'W3005'];
  return run(python, ['-c', main, ...options, '--', ...files]);
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const PATH = `${join(root, 'node_modules/node/bin')}:${process.env.PATH}`;
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const tooLong = setTimeout(() => child.kill('SIGKILL'), longestMs);
  const [code] = await once(child, 'close');
  clearTimeout(tooLong);
  const text = Buffer.concat(said).toString();
  if (code !== 0) throw new Error(`${args.slice(-4).join(' ')} ended with ${code}: ${text.slice(-4000)}`);
  return text.trim();
}

export interface Template {
  Resources: { [id: string]: { Type: string; Properties: { [name: string]: unknown } } };
}
