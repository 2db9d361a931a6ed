import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Why real servers cannot be tried here, or null. */
export function whyNotReal(programs: readonly string[]): string | null {
  if (process.getuid?.() !== 0) return 'not root';
  const missing = programs.filter(
    (one) => !['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((at) => existsSync(`${at}/${one}`)),
  );
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (spawnSync('unshare', ['-n', 'true']).status !== 0) return 'no network namespaces';
  return null;
}

export const serverAddress = '203.0.113.1';

/** A network of our own: one server and some clients, each in a namespace, with nothing else on the wire. */
export class Network {
  readonly server: string;
  readonly #names: string[] = [];
  readonly #prefix: string;

  constructor() {
    this.#prefix = `snap${process.pid}`;
    this.server = `${this.#prefix}s`;
    this.#make(this.server);
    this.in(this.server, 'ip', 'address', 'add', `${serverAddress}/32`, 'dev', 'lo');
  }

  /** A further client with this address; answers its namespace. */
  client(address: string): string {
    const name = `${this.#prefix}c${this.#names.length}`;
    this.#make(name);
    const wire = `v${this.#prefix.slice(4)}x${this.#names.length}`;
    run(
      'ip',
      'link',
      'add',
      wire,
      'netns',
      this.server,
      'type',
      'veth',
      'peer',
      'name',
      'eth',
      'netns',
      name,
    );
    this.in(this.server, 'ip', 'link', 'set', wire, 'up');
    this.in(name, 'ip', 'address', 'add', `${address}/32`, 'dev', 'eth');
    this.in(name, 'ip', 'link', 'set', 'eth', 'up');
    this.in(this.server, 'ip', 'route', 'add', `${address}/32`, 'dev', wire, 'src', serverAddress);
    this.in(name, 'ip', 'route', 'add', `${serverAddress}/32`, 'dev', 'eth', 'src', address);
    return name;
  }

  /** Runs a command inside a namespace and answers what it printed; throws when it fails. */
  in(name: string, ...words: string[]): string {
    return run('ip', 'netns', 'exec', name, ...words);
  }

  /** Whether a command inside a namespace succeeds. */
  can(name: string, ...words: string[]): boolean {
    return (
      spawnSync('ip', ['netns', 'exec', name, ...words], { stdio: 'ignore', timeout: 20_000 }).status === 0
    );
  }

  remove(): void {
    for (const name of this.#names) spawnSync('ip', ['netns', 'delete', name]);
  }

  #make(name: string): void {
    run('ip', 'netns', 'add', name);
    this.#names.push(name);
    this.in(name, 'ip', 'link', 'set', 'lo', 'up');
  }
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
}
