import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Run {
  wallMs: number;
  cpuMs: number;
  /** What the program said each event took. */
  tookMs: number[];
  /** Its JSON lines. */
  lines: string[];
}

/** Runs a program to its end. CPU is its own and its children's, as the shell accounts them. */
export async function timed(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  { isSilent = false }: { isSilent?: boolean } = {},
): Promise<Run> {
  const script = 'TIMEFORMAT="took %R %U %S"; time "$@" ';
  const child = spawn('bash', ['-c', script, 'bench', ...command], {
    env: { PATH: process.env.PATH, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  await new Promise((resolve) => child.on('close', resolve));
  const took = /took ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr);
  if (took === null) throw new Error(`${command.join(' ')}: ${stderr}`);
  const [wall, user, system] = took.slice(1).map(Number) as [number, number, number];
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (lines.length === 0 && !isSilent) throw new Error(`${command.join(' ')} did nothing: ${stderr}`);
  const tookMs = lines.map((line) => Number(JSON.parse(line).tookMs));
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, tookMs, lines };
}

/** Stands in front of an engine and counts the calls by action. */
export async function countingProxy(
  target: string,
): Promise<{ endpoint: string; calls: Map<string, number>; stop(): void }> {
  const calls = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const action = actionOf(incoming, body);
      calls.set(action, (calls.get(action) ?? 0) + 1);
      const { method, headers, url } = incoming;
      const onward = request(
        new URL(url ?? '/', target),
        { ...(method && { method }), headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, calls, stop: () => server.close() };
}

/** By the action in the body, the target in the header, or else the method and what the address asks for. */
function actionOf({ method = '', headers, url = '' }: IncomingMessage, body: Buffer): string {
  const named = /Action=(\w+)/.exec(body.toString('latin1'))?.[1] ?? headers['x-amz-target'];
  if (typeof named === 'string') return named.split('.').at(-1) ?? named;
  const { pathname, searchParams } = new URL(url, 'http://engine');
  const [asked] = searchParams.keys();
  return `${method} ${asked ?? pathname.split('/').slice(0, 4).join('/')}`;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
