import { spawn } from 'node:child_process';
import { motoCredentials } from '../../lib/sandbox/moto.ts';

export interface Ran {
  code: number;
  lines: { [key: string]: unknown }[];
  stdout: string;
  stderr: string;
}

/** Runs the program as a user does, against an engine and in a state folder of its own. */
export function snapshut(
  args: readonly string[],
  over: { endpoint: string; home: string; stdin?: string; env?: NodeJS.ProcessEnv; cwd?: string },
): Promise<Ran> {
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: over.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: motoCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: motoCredentials.secretAccessKey,
    SNAPSHUT_HOME: over.home,
    ...over.env,
  };
  const program = new URL('../../lib/cli.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, ...args], { env, cwd: over.cwd ?? over.home });
  child.stdin.end(over.stdin ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
      resolve({ code: code ?? -1, lines, stdout, stderr });
    });
  });
}
