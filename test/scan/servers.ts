import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Servers to look at, all on loopback and free ports, all gone after the test. */

const closers: (() => void)[] = [];

export function closeServers(): void {
  for (const close of closers.splice(0)) close();
}

/** Done with the servers at the end of the test. */
export function afterThis(close: () => void): void {
  closers.push(close);
}

/** A server that does with each connection what the test says. */
export async function serve(talk: (socket: Socket) => void, address = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    talk(socket);
    sockets.add(socket);
  });
  const sockets = new Set<Socket>();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

export function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A fresh folder, gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'snapshut-scan-'));
  closers.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Starts a program and waits until its port answers. */
export async function run(program: string, args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  closers.push(() => child.kill());
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${program} does not answer on ${port}: ${said}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      // A free port of the ephemeral range may answer itself.
      const isItself = socket.localPort === port;
      socket.destroy();
      resolve(!isItself);
    });
    socket.on('error', () => resolve(false));
  });
}

export function onPath(program: string): string | null {
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return places.map((place) => join(place, program)).find((path) => existsSync(path)) ?? null;
}

export interface KeyPair {
  key: string;
  certificate: string;
}

/** A self-signed certificate, by OpenSSL. */
export function keyPair(over: { days?: number; type?: readonly string[]; digest?: string } = {}): KeyPair {
  const path = folder();
  const pair = { key: join(path, 'key.pem'), certificate: join(path, 'certificate.pem') };
  const { days = 365, type = ['-newkey', 'rsa:2048'], digest = 'sha256' } = over;
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', pair.key, '-out', pair.certificate];
  execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', ...type, `-${digest}`, '-days', `${days}`, ...names, ...files],
    {
      stdio: 'ignore',
    },
  );
  return pair;
}

/** `openssl s_server` with these options; answers its port. */
export async function opensslServer(pair: KeyPair | null, options: readonly string[]): Promise<number> {
  const port = await freePort();
  const identity = pair === null ? ['-nocert'] : ['-key', pair.key, '-cert', pair.certificate];
  await run(
    'openssl',
    ['s_server', '-accept', `127.0.0.1:${port}`, ...identity, '-www', '-quiet', ...options],
    port,
  );
  return port;
}
