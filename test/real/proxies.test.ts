import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DenyFile, type DenyFileOf } from '../../lib/providers/host/deny-file.ts';
import { Network, serverAddress, whyNotReal } from './namespaces.ts';

/** Each server with a deny file included, as somebody would set it up. */
const servers = {
  haproxy: {
    config: (folder: string) => `
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend web
  bind ${serverAddress}:8080
  http-request deny if { src -f ${folder}/deny }
  http-request return status 200 content-type text/plain string hello
`,
    start: (folder: string) => ['haproxy', '-W', '-f', `${folder}/config`],
    validate: (folder: string) => ['haproxy', '-c', '-f', `${folder}/config`],
    reload: (_folder: string, pid: number) => ['kill', '-USR2', String(pid)],
    broken: 'this-is-no-address/33',
  },
  caddy: {
    config: (folder: string) => `{
  admin ${serverAddress}:2019
  auto_https off
}
http://${serverAddress}:8080 {
  import ${folder}/deny
  root * ${folder}/site
  file_server
}
`,
    start: (folder: string) => ['caddy', 'run', '--config', `${folder}/config`, '--adapter', 'caddyfile'],
    validate: (folder: string) => [
      'caddy',
      'validate',
      '--config',
      `${folder}/config`,
      '--adapter',
      'caddyfile',
    ],
    reload: (folder: string) => {
      const of = ['--config', `${folder}/config`, '--adapter', 'caddyfile'];
      return ['caddy', 'reload', ...of, '--address', `${serverAddress}:2019`];
    },
    broken: 'no_such_directive here',
  },
} as const;

describe.each(['haproxy', 'caddy'] as const)('%s of the distribution', (format) => {
  const why = whyNotReal([format, 'ip', 'curl', 'nft']);
  const server = servers[format];
  let folder: string;
  let network: Network;
  let running: ChildProcess;
  let attacker: string;
  let neighbour: string;

  beforeAll(async () => {
    if (why !== null) return;
    folder = await mkdtemp(join(tmpdir(), `snapshut-${format}-`));
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'deny'), '# made by hand\n');
    await writeFile(join(folder, 'config'), server.config(folder));
    await mkdir(join(folder, 'site'));
    await writeFile(join(folder, 'site/index.html'), 'hello\n');
    network = new Network();
    attacker = network.client('203.0.113.5');
    neighbour = network.client('203.0.113.6');
    const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    running = spawn('ip', inside(...server.start(folder)), { stdio: 'ignore', env });
    for (let tries = 0; tries < 100 && status(neighbour) !== 200; tries++) await sleep(100);
  }, 60_000);
  afterAll(async () => {
    if (why !== null) return;
    if (running.exitCode === null) {
      const ended = once(running, 'exit');
      running.kill('SIGTERM');
      await ended;
    }
    network.remove();
    await rm(folder, { recursive: true });
  });

  const inside = (...words: string[]) => ['netns', 'exec', network.server, ...words];
  const status = (from: string) => {
    const curl = ['curl', '-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}'];
    try {
      return Number(network.in(from, ...curl, `http://${serverAddress}:8080/`));
    } catch {
      // Nobody listens yet.
      return 0;
    }
  };
  const setOf = (family: 'v4' | 'v6', over: Partial<DenyFileOf> = {}) => {
    const validate = ['ip', ...inside(...server.validate(folder))];
    const reload = ['ip', ...inside(...server.reload(folder, running.pid ?? 0))];
    return new DenyFile({ format, path: join(folder, 'deny'), validate, reload, ...over }, family);
  };
  const write = async (addresses: string[], family: 'v4' | 'v6' = 'v4') => {
    const set = setOf(family);
    return set.write(addresses, (await set.read()).token);
  };
  const bothNow = () => [status(attacker), status(neighbour)];

  test.skipIf(why !== null)(
    `refuses who is in its file, serves the neighbour, and serves both when it is over${why ? ` (skipped: ${why})` : ''}`,
    async () => {
      expect(bothNow()).toEqual([200, 200]);

      await write(['203.0.113.5/32']);
      await write(['2001:db8:0:1::/64'], 'v6');
      await expect.poll(bothNow, { timeout: 10_000 }).toEqual([403, 200]);
      expect((await setOf('v4').read()).addresses).toEqual(['203.0.113.5/32']);
      expect((await setOf('v6').read()).addresses).toEqual(['2001:db8:0:1::/64']);

      await write([]);
      await expect.poll(bothNow, { timeout: 10_000 }).toEqual([200, 200]);
    },
    60_000,
  );

  test.skipIf(why !== null)(
    `keeps serving with its old file when it does not take the new one${why ? ` (skipped: ${why})` : ''}`,
    async () => {
      const path = join(folder, 'deny');
      await writeFile(path, `${server.broken}\n`);

      await expect(write(['203.0.113.6/32'])).rejects.toThrow('ended with 1');

      expect(await readFile(path, 'utf8')).toBe(`${server.broken}\n`);
      expect(bothNow()).toEqual([200, 200]);
    },
    60_000,
  );
});
