import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttackAlerts, type AttackNews, tellNews } from '../../lib/logs/attack-alerts.ts';
import type { BlockSet } from '../../lib/logs/block-set.ts';
import { FileFollower } from '../../lib/logs/follow.ts';
import { LiveLoop } from '../../lib/logs/live.ts';
import { requestLines } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { Settings } from '../real/settings.ts';
import { hits } from '../waf/run-waf.ts';
import { MemorySet } from './memory-set.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapshut-live-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a followed file', () => {
  test('gives what is appended, through rotation, truncation and half lines', async () => {
    const path = join(folder, 'access.log');
    await writeFile(path, 'old\n');
    const lines: string[] = [];
    const follower = new FileFollower(path, { line: (line) => lines.push(line), tooLong: () => {} });
    await follower.poll();
    await appendFile(path, 'one\ntw');
    await follower.poll();
    await appendFile(path, 'o\n');
    await follower.poll();
    await appendFile(path, 'three\n');
    await rename(path, join(folder, 'access.log.1'));
    await follower.poll();
    await appendFile(join(folder, 'access.log.1'), 'four\n');
    await writeFile(path, 'five\n');
    await follower.poll();
    await truncate(path, 0);
    await follower.poll();
    await appendFile(path, 'six\n');
    await follower.poll();
    await follower.close();

    expect(lines).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
  });

  test('that does not exist yet is read from its beginning when it does', async () => {
    const path = join(folder, 'later.log');
    const lines: string[] = [];
    const follower = new FileFollower(path, { line: (line) => lines.push(line), tooLong: () => {} });
    await follower.poll();
    await writeFile(path, 'one\n');
    await follower.poll();
    await follower.close();

    expect(lines).toEqual(['one']);
  });
});

describe('a live loop', () => {
  const policy = { trusted: [], proxies: [], neverBlock: [] };
  const start = Date.parse('2026-11-24T11:00:00Z');
  const loopOn = (set: BlockSet, frozen: string | null = null, settings = new Settings()) =>
    new LiveLoop(requestLines(WafLoop.parse({}), []), {
      loop: 'waf',
      policy: async () => policy,
      blocking: { settings, targets: [[set]], owner: 'test', sleep: async () => {} },
      frozen: async () => frozen,
      err: () => {},
    });
  const at = (minutes: number) => new Date(start + minutes * 60_000);

  test('blocks at the tick after the offence, ends it in time, and blocks longer who comes back', async () => {
    const set = new MemorySet();
    const loop = loopOn(set);
    for (const line of hits(101)) loop.line(line);

    const first = await loop.tick(at(1));
    expect(set.addresses).toEqual(['203.0.113.5/32']);
    await loop.tick(at(30));
    expect(set.addresses).toEqual(['203.0.113.5/32']);
    await loop.tick(at(62));
    expect(set.addresses).toEqual([]);
    for (const line of hits(101, { plusMs: 90 * 60_000 })) loop.line(line);
    const second = await loop.tick(at(91));

    expect(first.lines).toMatchObject([{ until: at(61).toISOString() }]);
    expect(second.lines).toMatchObject([{ until: at(91 + 240).toISOString() }]);
  });

  test('counts 49 + 52 requests over a tick as 101', async () => {
    const set = new MemorySet();
    const loop = loopOn(set);
    for (const line of hits(49)) loop.line(line);
    await loop.tick(at(0.1));
    for (const line of hits(52, { plusMs: 10_000 })) loop.line(line);

    await loop.tick(at(0.3));

    expect(set.addresses).toEqual(['203.0.113.5/32']);
  });

  test('restarted in the middle, it ends what the one before began', async () => {
    const set = new MemorySet();
    const settings = new Settings();
    const before = loopOn(set, null, settings);
    for (const line of hits(101)) before.line(line);
    await before.tick(at(1));

    await loopOn(set, null, settings).tick(at(62));

    expect(set.addresses).toEqual([]);
  });

  test('changes nothing while frozen', async () => {
    const set = new MemorySet();
    const loop = loopOn(set, 'somebody said so');
    for (const line of hits(101)) loop.line(line);

    expect((await loop.tick(at(1))).lines).toHaveLength(1);
    expect(set.addresses).toEqual([]);
  });
});

test('an attack is told three times, however many take part', () => {
  const alerts = new AttackAlerts();
  const minute = 60_000;
  const line = (index: number) => ({
    client: `203.0.${index >> 8}.${index & 255}`,
    detectors: ['flood'],
    requests: 100 + index,
    firstSeen: '',
    lastSeen: '',
    until: null,
    why: '',
  });
  const told = [
    ...alerts.see([line(1)], 0),
    ...alerts.see([line(2)], minute),
    ...alerts.see(
      Array.from({ length: 30 }, (_, index) => line(index)),
      2 * minute,
    ),
    ...alerts.see([], 5 * minute),
    ...alerts.see([], 13 * minute),
    ...alerts.see([], 14 * minute),
  ];

  expect(told.map(({ news, clients, perMinute }) => [news, clients, perMinute])).toEqual([
    ['begins', 1, [101]],
    ['grows', 30, [101, 102, 3232]],
    ['over', 30, [101, 102, 3232]],
  ]);
  expect(tellNews('waf', told[1] as AttackNews)).toMatch(
    /^waf: an attack grows, since 1970-01-01T00:00:00\.000Z: 3435 requests of 30 clients \(flood\), 0 blocked; .* ▁▁█$/,
  );
});
