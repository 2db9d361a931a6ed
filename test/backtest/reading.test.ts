import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fileOf, permission, record, testedFiles, timeAt } from './records.ts';

const opened = (at: number) =>
  record({
    at,
    name: 'AuthorizeSecurityGroupIngress',
    request: { groupId: 'sg-0aaa1111', ipPermissions: { items: [permission(22, '0.0.0.0/0')] } },
    response: { _return: true },
  });
const looked = (at: number) =>
  record({ at, name: 'DescribeInstances', request: { note: 'a "text" with {brackets' } });
const folder = () => mkdtemp(join(tmpdir(), 'snapshut-reading-'));
const lines = (...records: unknown[]) => records.map((one) => `${JSON.stringify(one)}\n`).join('');

const withPermission = (over: object) => ({
  ...opened(1),
  requestParameters: {
    groupId: 'sg-0aaa1111',
    ipPermissions: { items: [{ ...permission(22, '0.0.0.0/0'), ...over }] },
  },
});

describe('the same two records', () => {
  const [look, open] = [looked(5), opened(10)];
  test.each<[string, string | Buffer]>([
    ['as JSON lines', lines(look, open)],
    ['as JSON lines without a last newline', lines(look, open).trimEnd()],
    ['as JSON lines of Windows', lines(look, open).replaceAll('\n', '\r\n')],
    ['as a log file', JSON.stringify({ Records: [look, open] })],
    ['as a log file on a line', `${JSON.stringify({ Records: [look, open] })}\n`],
    ['as a pretty-printed log file', JSON.stringify({ Records: [look, open] }, null, 2)],
    ['as a list', JSON.stringify([look, open])],
    ['packed', gzipSync(JSON.stringify({ Records: [look, open] }))],
    [
      'wrapped by a collection',
      lines({ file: 'a', index: 0, record: look }, { file: 'a', index: 1, record: open }),
    ],
    [
      'as EventBridge events',
      lines(...[look, open].map((detail) => ({ 'detail-type': 'AWS API Call via CloudTrail', detail }))),
    ],
    [
      'as lookup-events answers them',
      JSON.stringify({
        Events: [look, open].map((one) => ({
          EventName: one.eventName,
          CloudTrailEvent: JSON.stringify(one),
        })),
      }),
    ],
    [
      'in the body of a queue',
      lines(...[look, open].map((one) => ({ receiptHandle: 'x', body: JSON.stringify(one) }))),
    ],
  ])('%s', async (_, content) => {
    const file = join(await folder(), 'log');
    await writeFile(file, content);

    const { exposures, summary } = await testedFiles([file]);

    expect(exposures).toMatchObject([{ openedAt: timeAt(10) }]);
    expect(summary).toMatchObject({ changes: 1, unreadable: [] });
  });
});

test('a folder is read all the way down, and its broken lines are told', async () => {
  const root = await folder();
  await mkdir(join(root, 'AWSLogs/2026'), { recursive: true });
  await writeFile(join(root, 'AWSLogs/2026/a.json.gz'), gzipSync(lines(opened(10))));
  await writeFile(
    join(root, 'b.jsonl'),
    `${lines(looked(1))}{"eventName": "Descr\n${lines(looked(2))}no json\n`,
  );

  const { exposures, summary } = await testedFiles([root, join(root, 'missing')]);

  expect(exposures).toHaveLength(1);
  expect(summary.records).toBe(3);
  expect(summary.unreadable).toHaveLength(3);
});

test.each<[string, unknown]>([
  ['no request', { ...opened(1), requestParameters: null }],
  ['a request that is a text', { ...opened(1), requestParameters: 'x' }],
  [
    'permissions that are none',
    { ...opened(1), requestParameters: { groupId: 'sg-1', ipPermissions: { items: [null, 7, {}] } } },
  ],
  ...['constructor', '', 'tcp/22'].map((ipProtocol): [string, unknown] => [
    `the protocol ${JSON.stringify(ipProtocol)}`,
    withPermission({ ipProtocol }),
  ]),
  ...[null, '', 'all', {}, 99999].map((fromPort): [string, unknown] => [
    `the port ${JSON.stringify(fromPort)}`,
    withPermission({ fromPort }),
  ]),
  ['no time', { ...opened(1), eventTime: 'yesterday' }],
  ['no account', { ...opened(1), recipientAccountId: 1, userIdentity: null }],
  ['a name from the prototype', { ...opened(1), eventName: 'constructor', eventSource: '__proto__' }],
  ['a group of another kind', { ...opened(1), requestParameters: { groupId: ['sg-1'] } }],
])('a record with %s invents nothing', async (_, broken) => {
  const file = join(await folder(), 'log');
  await writeFile(file, lines(broken));

  const { exposures } = await testedFiles([file]);

  expect(exposures).toEqual([]);
});

test('a record without a place cannot be used, and one that changes something else is silent', async () => {
  const { awsRegion: _, ...nowhere } = opened(10);
  const renamed = record({
    at: 20,
    name: 'ModifyDBInstance',
    source: 'rds.amazonaws.com',
    request: { dBInstanceIdentifier: 'orders', allocatedStorage: 40 },
  });

  const { summary } = await testedFiles([await fileOf([nowhere, renamed])]);

  expect(summary).toMatchObject({ records: 2, changes: 0, unusable: 1, silent: 1 });
});
