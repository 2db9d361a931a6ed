import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hit, hits, runWaf } from './run-waf.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapshut-waf-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('the offender line', () => {
  test('names who, how much, since when, until when and why', async () => {
    const { status, lines } = await runWaf(hits(101, {}, 0));

    expect(status).toBe(0);
    expect(lines).toEqual([
      {
        client: '203.0.113.5',
        detectors: ['flood'],
        requests: 101,
        firstSeen: '2026-11-24T11:00:00.000Z',
        lastSeen: '2026-11-24T11:00:00.000Z',
        until: '2026-11-24T13:00:00.000Z',
        why: 'flood: more than 100 requests within 60 s',
      },
    ]);
  });

  test.each([
    ['trusted', '198.51.100.7', { trusted: ['198.51.100.0/24'] }],
    ['a proxy of ours', '198.51.100.7', { proxies: ['198.51.100.7/32'] }],
    ['named as never to block', '198.51.100.7', { loop: { neverBlock: ['198.51.100.7'] } }],
    ['a /64 in which somebody is trusted', '2001:db8::7', { trusted: ['2001:db8::1/128'] }],
    ['private', '10.1.2.3', {}],
    ['shared', '100.64.0.1', {}],
    ['loopback', '127.0.0.1', {}],
    ['link-local', 'fe80::1', {}],
    ['of a content delivery network', '104.16.0.9', {}],
    ['only to be told', '198.51.100.7', { loop: { detectors: { flood: { mode: 'tell' } } } }],
  ])('is told and not blocked: %s', async (_, client, options) => {
    const { lines } = await runWaf(hits(101, { client }), options);

    expect(lines).toMatchObject([{ requests: 101, until: null }]);
  });

  test('stands for a v6 /64 and for a mapped v4 address as the v4 address', async () => {
    const log = hits(60, { client: '2001:db8:0:1::a' }).concat(hits(60, { client: '2001:db8:0:1:ffff::b' }));
    const mapped = hits(60, { client: '::ffff:198.51.100.9' }).concat(hits(60, { client: '198.51.100.9' }));

    const { lines } = await runWaf([...log, ...mapped]);

    expect(lines.map((line) => [line.client, line.requests])).toEqual([
      ['198.51.100.9', 120],
      ['2001:db8:0:1::/64', 120],
    ]);
  });

  test('comes by weight: severity first, then requests', async () => {
    const log = [
      ...hits(60, { client: '198.51.100.1', status: 404 }),
      ...hits(110, { client: '198.51.100.2' }),
      ...hits(120, { client: '198.51.100.3' }),
      hit({ client: '198.51.100.4', target: '/cgi-bin/.%2e/.%2e/bin/sh', status: 400 }),
    ];

    const { lines } = await runWaf(log);

    expect(lines.map((line) => line.client.at(-1))).toEqual(['4', '3', '2', '1']);
  });
});

describe('who the client is', () => {
  const spoofed = '198.51.100.66';
  test.each([
    ['the connection, where no proxy is configured', [], '203.0.113.5', `${spoofed}`, '203.0.113.5'],
    ['the connection, where it is no proxy', ['192.0.2.0/24'], '203.0.113.5', `${spoofed}`, '203.0.113.5'],
    ['what the proxy added last', ['192.0.2.0/24'], '192.0.2.1', `${spoofed}, 203.0.113.5`, '203.0.113.5'],
    [
      'in front of a chain of proxies',
      ['192.0.2.0/24'],
      '192.0.2.1',
      `${spoofed}, 203.0.113.5, 192.0.2.9`,
      '203.0.113.5',
    ],
    ['an address with a port', ['192.0.2.0/24'], '192.0.2.1', `${spoofed}, 203.0.113.5:4711`, '203.0.113.5'],
  ])('%s', async (_, proxies, client, forwardedFor, expected) => {
    const { lines } = await runWaf(hits(101, { client, forwardedFor }), { proxies });

    expect(lines.map((line) => line.client)).toEqual([expected]);
  });

  test('nobody, where the proxy names no address', async () => {
    const { lines, told, status } = await runWaf(
      hits(101, { client: '192.0.2.1', forwardedFor: `${spoofed}, unknown` }),
      { proxies: ['192.0.2.0/24'] },
    );

    expect({ lines, status }).toEqual({ lines: [], status: 0 });
    expect(told).toContain('101 without a client');
  });
});

describe('files', () => {
  test('49 requests at the end of one file and 52 at the start of the next are 101, whatever the order given', async () => {
    const older = await file(
      'access.log.1.gz',
      gzipSync(hits(49, { at: '2026-11-24T10:59:50Z' }, 200).join('\n')),
    );
    const newer = await file('access.log', `${hits(52, {}, 200).join('\n')}\n`);

    for (const paths of [
      [older, newer],
      [newer, older],
    ]) {
      const { lines, status } = await runWaf([], { paths });
      expect({ status, requests: lines.map((line) => line.requests) }).toEqual({
        status: 0,
        requests: [101],
      });
    }
  });

  test('60 requests in each of two files of the same five minutes are 120, though each file goes on', async () => {
    const goesOn = (from: number) => hits(4, { plusMs: from }, 70_000);
    const one = await file('edge-1.log', [...hits(60, {}, 100), ...goesOn(20_000)].join('\n'));
    const two = await file('edge-2.log', [...hits(60, { plusMs: 1_000 }, 100), ...goesOn(30_000)].join('\n'));

    const { lines } = await runWaf([], { paths: [one, two] });

    expect(lines).toMatchObject([{ detectors: ['flood'], requests: 128 }]);
  });

  test('what is half readable is done as far as it goes, counted, told, and ends in 1', async () => {
    const packed = gzipSync(hits(3000, {}, 20).join('\n'));
    const cut = await file('cut.gz', packed.subarray(0, packed.length - 20));
    const mixed = await file(
      'mixed.log',
      ['garbage', ...hits(101), '\u001b[31m{"a":', 'x'.repeat(5 << 20)].join('\n'),
    );

    const { status, lines, told } = await runWaf([], {
      paths: [cut, mixed, join(folder, 'missing.log'), folder],
    });

    expect(status).toBe(1);
    expect(lines).toMatchObject([{ client: '203.0.113.5', detectors: ['flood'] }]);
    expect(told).toContain('cut.gz: unexpected end of file');
    expect(told).toContain('missing.log: ENOENT');
    expect(told).toContain('EISDIR');
    expect(told).toContain('3 lines are in no known format');
    expect(told).toContain('1 lines are too long');
    expect(told).not.toContain('\u001b');
  });

  test('who is on a list is told with the first request, and blocked where the policy says so', async () => {
    const list = await file('drop.txt', '203.0.113.0/24 ; SBL1');
    const reputation = { files: [list, join(folder, 'missing.txt')] };

    const told = await runWaf(hits(1), { loop: { reputation } });
    const blocked = await runWaf(hits(1), { loop: { reputation: { ...reputation, mode: 'fix' } } });

    expect(told.lines).toMatchObject([{ client: '203.0.113.5', detectors: ['reputation'], until: null }]);
    expect(told.told).toContain('missing.txt was left out');
    expect(blocked.lines).toMatchObject([{ until: expect.any(String) }]);
  });

  test('an empty log is nobody, and fine', async () => {
    expect(await runWaf([])).toMatchObject({ status: 0, lines: [] });
  });

  test('people get a table', async () => {
    const { told } = await runWaf(hits(101), { json: false });

    expect(told).toMatch(/client +requests +detectors/);
    expect(told).toContain('203.0.113.5  101');
  });
});
