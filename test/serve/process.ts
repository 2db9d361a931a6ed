import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Started {
  child: ChildProcess;
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Its state folder. */
  home: string;
  said(): string;
  /** Waits until it has said this. */
  saying(text: string): Promise<void>;
  /** Sends the signal and answers the exit code, or the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

/** `snapshut start` as a process of its own, ready when it says where it listens. */
export async function startService(env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Started> {
  const program = new URL('../../lib/cli.ts', import.meta.url).pathname;
  const command = [program, 'start', '--port', '0', ...args];
  const cwd = env.SNAPSHUT_HOME;
  const child = spawn(process.execPath, command, { env: { PATH: process.env.PATH, ...env }, cwd });
  let said = '';
  const listen = (chunk: Buffer) => {
    said += chunk;
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const ended = once(child, 'close');
  const end = async (signal: NodeJS.Signals = 'SIGINT') => {
    child.kill(signal);
    const [code, by] = await ended;
    return code ?? by;
  };
  const saying = async (text: string) => {
    while (!said.includes(text)) {
      if (child.exitCode !== null) throw new Error(`start ended with ${child.exitCode}: ${said}`);
      await Promise.race([once(child.stderr, 'data'), once(child.stdout, 'data'), ended]);
    }
  };
  for (;;) {
    const url = /http:\/\/127\.0\.0\.1:\d+(?=\/healthz)/.exec(said)?.[0];
    if (url) return { child, url, home: cwd ?? '', said: () => said, saying, end };
    if (child.exitCode !== null) throw new Error(`start ended with ${child.exitCode}: ${said}`);
    await Promise.race([once(child.stderr, 'data'), ended]);
  }
}
