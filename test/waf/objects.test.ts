import { Readable } from 'node:stream';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DynamoWindows } from '../../lib/history/dynamodb-windows.ts';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { onLogMessages } from '../../lib/waf/log-messages.ts';
import { type ObjectsService, onLogObjects } from '../../lib/waf/on-objects.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { objectsNamed } from '../../lib/waf/s3-events.ts';
import { MemoryWindows, overLimit, type SharedWindows, sharedSlotOf } from '../../lib/waf/shared-windows.ts';
import { Traffic } from '../../lib/waf/traffic.ts';
import { useMoto } from '../engines/moto.ts';
import { MemorySet } from '../logs/memory-set.ts';
import { Settings } from '../real/settings.ts';
import { hits } from './run-waf.ts';

const moto = useMoto();
let tables = 0;

async function dynamo(): Promise<SharedWindows> {
  const client = new DynamoDBClient({
    endpoint: moto().endpoint,
    region: 'eu-central-1',
    credentials: motoCredentials,
  });
  const TableName = `windows-${++tables}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  return new DynamoWindows(TableName, async () => client);
}

function service(windows: SharedWindows, objects: { [key: string]: string[] }) {
  const set = new MemorySet();
  const state = { now: new Date('2026-11-24T11:02:00Z') };
  const made: ObjectsService = {
    loop: WafLoop.parse({}),
    networks: { trusted: [], proxies: [] },
    ownAddresses: async () => [],
    windows,
    blocking: { settings: new Settings(), targets: [[set]], owner: 'test', sleep: async () => {} },
    open: async ({ key }) =>
      Readable.from([Buffer.from((objects[key] ?? []).join('\n'))], { objectMode: false }),
    frozen: async () => null,
    now: () => state.now,
    log: () => {},
  };
  const handle = (key: string) => {
    const object = { bucket: { name: 'logs' }, object: { key, eTag: key } };
    return onLogObjects(JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: object }] }), made);
  };
  return { handle, made, set, state };
}

describe.each([
  ['in memory', async () => new MemoryWindows()],
  ['in DynamoDB', dynamo],
] as const)('windows shared by functions, %s', (_, make) => {
  test('49 requests in one object and 52 in the next are 101, and block', async () => {
    const objects = { 'a.gz': hits(49), 'b.gz': hits(52, { plusMs: 5_000 }) };
    const { handle, set } = service(await make(), objects);

    expect(await handle('a.gz')).toEqual([]);
    expect(await handle('b.gz')).toMatchObject([{ client: '203.0.113.5', detectors: ['flood'] }]);
    expect(set.addresses).toEqual(['203.0.113.5/32']);
  });

  test('49 and 49 are 98, and an object that comes again counts once', async () => {
    const objects = { 'a.gz': hits(49), 'b.gz': hits(49, { plusMs: 5_000 }) };
    const { handle, set } = service(await make(), objects);
    for (const key of ['a.gz', 'b.gz', 'b.gz', 'a.gz', 'a.gz']) await handle(key);

    expect(set.addresses).toEqual([]);
  });

  test('101 requests over three windows are allowed', async () => {
    const objects = { 'a.gz': hits(50), 'b.gz': hits(51, { plusMs: 130_000 }) };
    const { handle, set } = service(await make(), objects);
    await handle('a.gz');
    await handle('b.gz');

    expect(set.addresses).toEqual([]);
  });

  test('what was blocked for does not block again, what comes later does', async () => {
    const objects = {
      'a.gz': hits(101, {}, 10),
      'b.gz': hits(10, { plusMs: 20_000 }),
      'c.gz': hits(101, { plusMs: 90 * 60_000 }, 10),
    };
    const { handle, set, state } = service(await make(), objects);
    await handle('a.gz');

    expect(await handle('b.gz')).toEqual([]);
    state.now = new Date('2026-11-24T12:31:00Z');
    expect(await handle('c.gz')).toMatchObject([{ until: '2026-11-24T16:31:00.000Z' }]);
    expect(set.addresses).toEqual(['203.0.113.5/32']);
  });
});

test('whoever is over a limit is blocked though the counts of all traffic cannot be kept, and the object comes again', async () => {
  const { handle, made, set } = service(new MemoryWindows(), { 'a.gz': hits(101, {}, 10) });
  made.traffic = {
    add: async () => {
      throw new Error('Item size to update has exceeded the maximum allowed size');
    },
    window: async () => new Traffic(),
  };

  await expect(handle('a.gz')).rejects.toThrow('Item size');
  expect(set.addresses).toEqual(['203.0.113.5/32']);
});

test('a shared window never claims more than one window held, and misses one slot at most', () => {
  const windowMs = 60_000;
  fc.assert(
    fc.property(
      fc.array(fc.nat(4 * windowMs), { maxLength: 80 }),
      fc.integer({ min: 0, max: 20 }),
      (times, requests) => {
        const slots = new Map<number, number>();
        for (const at of times) {
          const slot = sharedSlotOf(at, windowMs);
          slots.set(slot, (slots.get(slot) ?? 0) + 1);
        }
        const most = (span: number) =>
          Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + span).length));

        const isOver = overLimit(slots, { requests, windowMs }, Number.NEGATIVE_INFINITY);

        if (isOver) expect(most(windowMs)).toBeGreaterThan(requests);
        else expect(most(windowMs - windowMs / 12)).toBeLessThanOrEqual(requests);
      },
    ),
  );
});

test('a message that can never be handled is a dead letter, one that failed for now goes back', async () => {
  const { made } = service(new MemoryWindows(), {});
  const letters: { reason: string }[] = [];
  const record = (messageId: string, body: string, receives = '1') =>
    ({ messageId, body, attributes: { ApproximateReceiveCount: receives } }) as SQSRecord;
  const failing = { ...made, open: () => Promise.reject(new Error('slow down')) };
  const named = JSON.stringify({
    Records: [{ s3: { bucket: { name: 'logs' }, object: { key: 'a', eTag: '1' } } }],
  });
  const deadLetters = { put: async (letter: { reason: string }) => void letters.push(letter) };

  const answer = await onLogMessages(
    [record('1', 'no JSON'), record('2', '{}'), record('3', named), record('4', named, '5')],
    { service: failing, deadLetters, leftMs: () => 60_000 },
  );

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '3' }] });
  expect(letters.map((one) => one.reason)).toEqual([
    expect.stringContaining('not JSON'),
    'the message names no objects',
    'slow down',
  ]);
});

describe('which objects a message names', () => {
  const object = { bucket: { name: 'logs' }, object: { key: 'AWSLogs/a+b%3Dc.gz', eTag: 'e' } };
  const named = [{ bucket: 'logs', key: 'AWSLogs/a b=c.gz', version: 'e' }];
  test.each<[string, unknown, unknown]>([
    ['S3', { Records: [{ s3: object }] }, named],
    [
      'S3 through SNS',
      { Type: 'Notification', Message: JSON.stringify({ Records: [{ s3: object }] }) },
      named,
    ],
    [
      'EventBridge',
      { detail: { bucket: { name: 'logs' }, object: { key: 'AWSLogs/a b=c.gz', etag: 'e' } } },
      named,
    ],
    ["S3's test", { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'logs' }, []],
    ['nobody', { hello: 1 }, null],
    ['a half record', { Records: [{ s3: {} }] }, null],
  ])('%s', (_, body, expected) => {
    expect(objectsNamed(body)).toEqual(expected);
  });
});
