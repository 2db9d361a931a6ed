import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A server that a test started, on 127.0.0.1. */
export interface Engine {
  endpoint: string;
  stop(): Promise<void>;
}

/** Where engines are installed once: `.engines/`, or the folder that SNAPSHUT_ENGINES names. */
export function enginesFolder(): string {
  const folder = process.env.SNAPSHUT_ENGINES ?? join(import.meta.dirname, '../../.engines');
  mkdirSync(folder, { recursive: true });
  return folder;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Runs a command to its end; rejects with what it said when it fails. */
export async function runToEnd(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = collect(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}: ${said().slice(-2000)}`);
}

/** Waits until the server answers anything at all, and stops by the id it started. */
export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  { env = process.env, cwd }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Engine> {
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = collect(child);
  let failure: Error | null = null;
  child.once('error', (error) => {
    failure = error;
  });
  const endOnExit = () => child.kill('SIGKILL');
  process.once('exit', endOnExit);
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    process.removeListener('exit', endOnExit);
    if (child.exitCode !== null || child.signalCode !== null || failure) return;
    child.kill('SIGTERM');
    const slow = setTimeout(() => child.kill('SIGKILL'), 5000);
    await once(child, 'close');
    clearTimeout(slow);
  };
  for (let tries = 0; tries < 300; tries++) {
    if (failure) throw failure;
    if (child.exitCode !== null) break;
    if (await answers(endpoint)) return { endpoint, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`${command} did not start: ${said().slice(-2000)}`);
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    async (reply) => {
      await reply.arrayBuffer();
      return true;
    },
    () => false,
  );
}

function collect(child: ChildProcess): () => string {
  let said = '';
  const keep = (text: Buffer) => {
    said = (said + text).slice(-20_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => said;
}
