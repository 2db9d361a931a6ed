import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureVenv } from '../../lib/sandbox/venv.ts';

export const root = join(import.meta.dirname, '../..');

/** Runs serverless on the project's own node; rejects with what it said. */
export async function serverless(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const bin = join(root, 'node_modules/serverless/bin/serverless.js');
  return run(process.execPath, [bin, ...args], { AWS_REGION: 'eu-central-1', ...env });
}

/** What cfn-lint says about templates; empty where it has nothing to say. */
export async function cfnLint(...files: string[]): Promise<string> {
  const python = await ensureVenv({ name: 'venv-cfn-lint', packages: ['cfn-lint==1.58.0'] });
  const main = 'import sys; from cfnlint.runner import main; sys.exit(main())';
  return run(python, ['-c', main, '--regions', 'eu-central-1', '--', ...files]);
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
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 150_000);
  const [code] = await once(child, 'close');
  clearTimeout(tooLong);
  const text = Buffer.concat(said).toString();
  if (code !== 0) throw new Error(`${args.slice(-4).join(' ')} ended with ${code}: ${text.slice(-4000)}`);
  return text.trim();
}

export interface Template {
  Resources: { [id: string]: { Type: string; Properties: { [name: string]: unknown } } };
}

export const packagedFile = '.serverless/cloudformation-template-update-stack.json';

export function packagedTemplate(): Template {
  return JSON.parse(readFileSync(join(root, packagedFile), 'utf8'));
}
