import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Networks } from '../../lib/logs/networks.ts';
import { openFile } from '../../lib/logs/source.ts';
import { WafAnalysis } from '../../lib/waf/analysis.ts';
import { BatchReader, BatchTaker } from '../../lib/waf/batch.ts';
import { RequestReader } from '../../lib/waf/formats/formats.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { ReadingThreads } from '../../lib/waf/reading-threads.ts';
import { generateWafLines } from '../bench/waf-lines.ts';
import { runWaf } from './run-waf.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'threads-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, lines: readonly string[], cutTo?: number): Promise<string> {
  const path = join(folder, name);
  const text = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  const bytes = name.endsWith('.gz') ? gzipSync(text) : text;
  await writeFile(path, bytes.subarray(0, cutTo));
  return path;
}

function wafLines(count: number, seed: number): string[] {
  const lines: string[] = [];
  generateWafLines(count, seed, (line) => lines.push(line));
  return lines;
}

const combined = (second: number, target: string) =>
  `192.0.2.${second % 7} - - [24/Nov/2026:10:00:${String(second % 60).padStart(2, '0')} +0000] "GET ${target} HTTP/1.1" 404 10 "-" "x"`;

describe('several threads say what one says', () => {
  const lines = wafLines(5_000, 3);
  const mixed = lines.flatMap((line, at) => (at % 40 === 0 ? [line, combined(at, '/.env'), '{"half'] : line));
  const named = lines.map((line, at) => (at % 9 === 0 ? line.replace('"args":"', '"args":"user=a&') : line));
  const oneLong = [`{"x":"${'y'.repeat(3 << 20)}"}`, ...lines.slice(0, 2_000)];

  test.each([
    ['a packed log', 'one.gz', lines],
    ['a log that is not packed', 'one.log', lines],
    ['a log that holds other formats and damage', 'mixed.log', mixed],
    ['a log in which users are named', 'named.log', named],
    ['a log with a line of three megabytes', 'long.log', oneLong],
    [
      'a log of another format',
      'combined.log',
      Array.from({ length: 30_000 }, (_, at) => combined(at, '/a')),
    ],
  ])('over %s', async (_, name, lines) => {
    const paths = [await file(name, lines)];

    const single = await runWaf([], { paths });

    expect(single.told).not.toBe('');
    for (const workers of [2, 3]) expect(await runWaf([], { paths, workers })).toEqual(single);
  });

  test('over the same window in two files, and a third that is cut off', async () => {
    const paths = [
      await file(
        'first.gz',
        lines.filter((_, at) => at % 2 === 0),
      ),
      await file(
        'second.log',
        lines.filter((_, at) => at % 2 === 1),
      ),
      await file('third.gz', wafLines(3_000, 5), 60_000),
    ];

    const single = await runWaf([], { paths });

    expect(single.status).toBe(1);
    expect(single.lines.length).toBeGreaterThan(1);
    expect(await runWaf([], { paths, workers: 2 })).toEqual(single);
  });
});

test.each([
  ['threads that live leave no line of a WAF log to us', false, 0],
  ['what dead threads would have read is read here', true, 3_000],
])('%s', async (_, areDead, left) => {
  const path = await file('plain.log', wafLines(3_000, 9));
  const analysis = new WafAnalysis(WafLoop.parse({}), new Networks([]));
  const reader = new RequestReader((parsed) => {
    if (parsed !== null && parsed !== 'ignored') analysis.see(parsed);
  });
  const threads = new ReadingThreads(2, { loop: WafLoop.parse({}), proxies: [] }, analysis);
  let seen = 0;
  if (areDead) await threads.close();

  const line = (text: string) => {
    seen++;
    reader.read(text);
  };
  const { error } = await threads.read(openFile(path), { line, tooLong() {} });
  await threads.close();

  expect(error).toBeNull();
  expect(analysis.counts.requests).toBe(3_000);
  // What follows the last whole slab is read here.
  expect(seen).toBeGreaterThanOrEqual(left);
  expect(seen).toBeLessThan(left + 400);
});

describe('a batch', () => {
  const line = fc.record({
    at: fc.nat({ max: 400_000 }),
    client: fc.constantFrom(
      '192.0.2.1',
      '192.0.2.2',
      '2001:db8::1',
      '::ffff:192.0.2.1',
      'nobody',
      '10.0.0.1',
    ),
    agent: fc.constantFrom(
      'Firefox/131.0',
      'sqlmap/1.8',
      '',
      'a"b',
      '{"name":"User-Agent","value":"x"}',
      '$\u007bjndi:x}',
    ),
    uri: fc.oneof(fc.constantFrom('/', '/login', '/.env', '/%2e%2e/%2e%2e/etc/passwd', '/a?b'), fc.string()),
    args: fc.oneof(
      fc.constantFrom('', 'user=root', 'id=1 or 1=1', 'q=<script>', 'allow_url_include=1&auto_prepend_file'),
      fc.string(),
      fc.nat({ max: 40 }).map((name) => `login=u${name}`),
    ),
    action: fc.constantFrom('ALLOW', 'BLOCK'),
    method: fc.constantFrom('GET', 'OPTIONS', 'CONNECT'),
    status: fc.constantFrom(null, 404, 200),
    forwarded: fc.constantFrom(null, null, '198.51.100.7, 10.0.0.1', 'x'),
  });
  const text = line.map(({ at, client, agent, uri, args, action, method, status, forwarded }) =>
    JSON.stringify({
      ...{ timestamp: 1764000000000 + at, formatVersion: 1, webaclId: 'arn', terminatingRuleType: 'GROUP' },
      ...{ action, responseCodeSent: status },
      httpRequest: {
        clientIp: client,
        country: 'FI',
        headers: [
          { name: 'Host', value: 'h' },
          { name: 'User-Agent', value: agent },
          ...(forwarded === null ? [] : [{ name: 'X-Forwarded-For', value: forwarded }]),
        ],
        ...{ uri, args, httpVersion: 'HTTP/1.1', httpMethod: method, requestId: 'x' },
      },
      ja4Fingerprint: 't13d1812h1_91b4e2f43a96_a791466c72b5',
    }),
  );
  const anyLine = fc.oneof(
    { weight: 12, arbitrary: text },
    fc.constantFrom('{', '#Fields: c-ip', combined(1, '/')),
  );

  test.each([
    [[]],
    [['10.0.0.0/8']],
  ])('changes nothing in what is found, whatever the lines and wherever they are cut (proxies: %j)', (proxies) => {
    const loop = WafLoop.parse({
      detectors: { flood: { requests: 12 }, 'error-scan': { requests: 5 } },
      distributed: { requests: 8, clients: 2, windowSeconds: 60 },
    });
    const told = (analysis: WafAnalysis, bad: number) => ({
      ...{ offenders: analysis.offenders(), counts: analysis.counts, found: analysis.distributed(), bad },
    });
    fc.assert(
      fc.property(fc.array(fc.array(anyLine, { maxLength: 40 }), { maxLength: 5 }), (slabs) => {
        const [one, other] = [
          new WafAnalysis(loop, new Networks(proxies)),
          new WafAnalysis(loop, new Networks(proxies)),
        ];
        const bad = [0, 0];
        const readers = [one, other].map(
          (analysis, at) =>
            new RequestReader((parsed) => {
              if (parsed === null) bad[at] = (bad[at] ?? 0) + 1;
              else if (parsed !== 'ignored') analysis.see(parsed);
            }, proxies.length > 0),
        );
        const [reader, taker] = [new BatchReader(loop, proxies), new BatchTaker()];

        for (const lines of slabs) {
          for (const line of lines) readers[0]?.read(Buffer.from(line).toString('latin1'));
          const batch = reader.read(Buffer.from(lines.join('\n')));
          taker.take(structuredClone(batch), other, { line: (line) => readers[1]?.read(line), tooLong() {} });
        }

        expect(told(other, bad[1] ?? 0)).toEqual(told(one, bad[0] ?? 0));
      }),
      { numRuns: 300 },
    );
  });
});
