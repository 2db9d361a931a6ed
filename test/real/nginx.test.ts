import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DenyFile } from '../../lib/providers/host/deny-file.ts';
import { waf } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { Network, serverAddress, whyNotReal } from './namespaces.ts';
import { Settings } from './settings.ts';

const why = whyNotReal(['nginx', 'ip', 'curl']);

describe.skipIf(why !== null)(`nginx of the distribution${why ? ` (skipped: ${why})` : ''}`, () => {
  let folder: string;
  let network: Network;
  let server: ChildProcess;
  let attacker: string;
  let neighbour: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snapshut-nginx-'));
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'deny.conf'), '# made by hand\nallow 127.0.0.1;\n');
    await writeFile(join(folder, 'nginx.conf'), configuration(folder));
    await writeFile(join(folder, 'index.html'), 'hello\n');
    network = new Network();
    attacker = network.client('203.0.113.5');
    neighbour = network.client('203.0.113.6');
    const words = ['netns', 'exec', network.server, 'nginx', '-p', folder, '-c', 'nginx.conf'];
    server = spawn('ip', words, { stdio: 'ignore' });
    for (let tries = 0; tries < 50 && status(neighbour, '/') !== 200; tries++) await sleep(100);
  });
  afterAll(async () => {
    if (server?.exitCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    }
    network?.remove();
    if (folder) await rm(folder, { recursive: true });
  });

  const status = (from: string, path: string) =>
    Number(
      network.in(
        from,
        'curl',
        '-s',
        '-m',
        '5',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        `http://${serverAddress}:8080${path}`,
      ),
    );
  const nginx = (...words: string[]) => [
    'ip',
    'netns',
    'exec',
    network.server,
    'nginx',
    '-p',
    folder,
    '-c',
    'nginx.conf',
    ...words,
  ];
  const settings = new Settings();
  const run = (now: Date) => {
    const of = {
      format: 'nginx',
      path: join(folder, 'deny.conf'),
      validate: nginx('-t'),
      reload: nginx('-s', 'reload'),
    } as const;
    const targets = [[new DenyFile(of, 'v4'), new DenyFile(of, 'v6')]];
    const told: string[] = [];
    const io = { stdin: Readable.from([]), out: () => {}, err: (line: string) => void told.push(line) };
    const blocking = { settings, targets, owner: 'test', sleep: async () => {} };
    const networks = { trusted: [], proxies: [] };
    return waf(
      [join(folder, 'access.log')],
      { json: true, now, loop: 'waf', blocking },
      WafLoop.parse({}),
      networks,
      io,
    ).then((exit) => ({ exit, told }));
  };

  test('the attacker is refused after its own log was read, the neighbour is served, and the block ends', async () => {
    for (const path of ['/.env', '/.git/config', '/wp-config.php.bak', '/.aws/credentials'])
      status(attacker, path);
    for (let times = 0; times < 5; times++) status(neighbour, '/');

    const { exit, told } = await run(new Date());
    await sleep(500);

    expect({ exit, told }).toEqual({
      exit: 0,
      told: expect.arrayContaining([expect.stringContaining('1 added')]),
    });
    expect([status(attacker, '/'), status(neighbour, '/')]).toEqual([403, 200]);
    expect(await readFile(join(folder, 'deny.conf'), 'utf8')).toBe(
      '# made by hand\nallow 127.0.0.1;\ndeny 203.0.113.5/32;\n',
    );

    await run(new Date(Date.now() + 2 * 3_600_000));
    await sleep(500);
    expect([status(attacker, '/'), status(neighbour, '/')]).toEqual([200, 200]);
  });

  test('a file that nginx does not take is rolled back, and nothing is reloaded', async () => {
    const path = join(folder, 'deny.conf');
    const before = await readFile(path, 'utf8');
    const reloads: string[] = [join(folder, 'never')];
    const set = new DenyFile(
      { format: 'nginx', path, validate: ['false'], reload: ['touch', ...reloads] },
      'v4',
    );
    const { token } = await set.read();

    await expect(set.write(['203.0.113.6/32'], token)).rejects.toThrow('false ended with 1');

    expect(await readFile(path, 'utf8')).toBe(before);
    await expect(readFile(join(folder, 'never'))).rejects.toThrow('ENOENT');
    expect(status(neighbour, '/')).toBe(200);
  });
});

function configuration(folder: string): string {
  return `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1;
events { worker_connections 64; }
http {
  access_log ${folder}/access.log combined;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  include ${folder}/deny.conf;
  server { listen ${serverAddress}:8080; root ${folder}; }
}
`;
}
