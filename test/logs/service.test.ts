import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { startLogLoops } from '../../lib/log-service.ts';
import { Policy } from '../../lib/policy/schema.ts';
import { hits } from '../waf/run-waf.ts';

test('restarted, the service counts on where it was, and blocks nobody twice for the same records', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snapshut-restart-'));
  const file = join(folder, 'access.log');
  const deny = join(folder, 'deny.conf');
  await writeFile(file, '');
  await writeFile(deny, '');
  const history = SqliteHistory.open(join(folder, 'history.sqlite'));
  const target = { provider: 'file', format: 'nginx', path: deny, validate: ['true'], reload: ['true'] };
  const policy = Policy.parse({ loops: { waf: { follow: [{ file }], targets: [target] } } });
  let cases = 0;
  const parts = {
    ...{ policy, history, now: () => new Date('2026-11-24T11:01:00Z') },
    ...{ frozen: async () => null, newId: () => `c${++cases}` },
  };
  const denied = async () => (await readFile(deny, 'utf8')).split('\n').filter((line) => line !== '');
  const told: string[] = [];
  const start = () =>
    startLogLoops(
      parts,
      async () => {},
      (line) => void told.push(line),
    );

  const first = await start();
  await sleep(1300);
  await appendFile(file, `${hits(101, { client: '203.0.113.9' }).join('\n')}\n${hits(60).join('\n')}\n`);
  for (let tries = 0; tries < 80 && (await denied()).length < 1; tries++) await sleep(100);
  await sleep(1200);
  await first.stop();
  await appendFile(file, `${hits(41, { plusMs: 10_000 }).join('\n')}\n`);
  const second = await start();
  for (let tries = 0; tries < 80 && (await denied()).length < 2; tries++) await sleep(100);
  await second.stop();
  const blocks = await history.find({ limit: 10 });
  await history.close();
  await rm(folder, { recursive: true });

  expect(blocks.cases.map((one) => one.resource.id).sort()).toEqual(['203.0.113.5', '203.0.113.9']);
  expect(told.filter((line) => line.includes('not'))).toEqual([]);
}, 40_000);

test('the running service follows the files that the policy names, and tells of the attack within seconds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snapshut-follow-'));
  const file = join(folder, 'access.log');
  await writeFile(file, `${hits(200, { client: '203.0.113.9' }).join('\n')}\n`);
  const history = SqliteHistory.open(join(folder, 'history.sqlite'));
  const policy = Policy.parse({ loops: { waf: { follow: [{ file }] } } });
  const told: string[] = [];
  const parts = {
    policy,
    history,
    now: () => new Date('2026-11-24T11:01:00Z'),
    frozen: async () => null,
    newId: () => 'c1',
  };
  const loops = await startLogLoops(
    parts,
    async (name, { lines, news }) => {
      told.push(...lines.map((one) => `${name} ${one.client}`), ...news.map((one) => one.news));
    },
    (line) => told.push(line),
  );
  await sleep(1500);
  await appendFile(file, `${hits(101).join('\n')}\n`);
  for (let tries = 0; tries < 50 && told.length < 2; tries++) await sleep(100);
  await loops.stop();
  await history.close();
  await rm(folder, { recursive: true });

  expect(told).toEqual(['waf 203.0.113.5', 'begins']);
});
