import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port of the loopback that nobody held a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('the loopback gave no port');
  return address.port;
}

export interface Server {
  pid: number;
  /** SIGTERM unless another signal is named. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts a server in the background, its output in a file, and stops it by the id it got. */
export function serve(
  command: string,
  args: string[],
  options: { log: string; env?: Record<string, string>; cwd?: string },
): Server & { child: ChildProcess } {
  const log = openSync(options.log, 'a');
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(late);
  };
  return { pid: child.pid, stop, child };
}

/** Waits until a URL answers anything at all; shows the end of the log when the server dies instead. */
export async function answers(url: string, server: { child: ChildProcess }, log: string): Promise<void> {
  const until = Date.now() + 240_000;
  while (Date.now() < until) {
    if (server.child.exitCode !== null) break;
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      return;
    } catch {
      await sleep(50);
    }
  }
  const text = await readFile(log, 'utf8');
  throw new Error(`${url} does not answer:\n${text.slice(-2_000)}`);
}

/** Runs a command to its end; its output is the error when it fails. */
export async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, out, err } = await outputOf(command, args, { env });
  if (code === 0) return out;
  throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${(err || out).slice(-2_000)}`);
}

/** Runs a command to its end, whatever that is. */
export async function outputOf(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; cwd?: string },
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    timeout: 600_000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    err += bytes;
  });
  const code = await new Promise<number>((done, failed) => {
    child.once('error', failed);
    child.once('close', (ended) => done(ended ?? -1));
  });
  return { code, out, err };
}
