import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  CreateIPSetCommand,
  GetIPSetCommand,
  ListIPSetsCommand,
  UpdateIPSetCommand,
  WAFV2Client,
} from '@aws-sdk/client-wafv2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { useMoto } from '../engines/moto.ts';
import { region } from '../providers/aws/cloud.ts';
import { callOf } from './call.ts';
import { type FaultProxy, startProxy } from './proxy.ts';
import { drawWeather, type FaultName, faultFor, faultNames } from './weather.ts';

/** The proxy itself: each fault is what its name says, as the SDK of each protocol understands it. */

const moto = useMoto();
const killed: string[] = [];
let proxy: FaultProxy;

const config = (accessKeyId = motoCredentials.accessKeyId) => ({
  endpoint: proxy.endpoint,
  region,
  maxAttempts: 1,
  credentials: { ...motoCredentials, accessKeyId },
});
const s3 = () => new S3Client({ ...config(), forcePathStyle: true });
const iam = () => new IAMClient(config());
const sqs = () => new SQSClient(config());
const dynamodb = () => new DynamoDBClient(config());
const waf = () => new WAFV2Client(config());

beforeAll(async () => {
  proxy = await startProxy({
    target: moto().endpoint,
    hangMs: 20,
    onKill: ({ key }) => killed.push(String(key)),
  });
});
afterAll(() => proxy.stop());
beforeEach(() => proxy.set({}));

const next = (fault: FaultName) => proxy.set({ at: { call: 1, fault } });
const users = async () =>
  ((await iam().send(new ListUsersCommand({}))).Users ?? []).map((one) => one.UserName);
const makeUser = (UserName: string) => iam().send(new CreateUserCommand({ UserName }));

/** A read and the words of each protocol for being refused. */
const protocols: [name: string, read: () => Promise<unknown>, throttled: string, denied: string][] = [
  [
    'ec2',
    () => new EC2Client(config()).send(new DescribeSecurityGroupsCommand({})),
    'RequestLimitExceeded',
    'UnauthorizedOperation',
  ],
  ['query', () => iam().send(new ListUsersCommand({})), 'Throttling', 'AccessDenied'],
  [
    'json',
    () => waf().send(new ListIPSetsCommand({ Scope: 'REGIONAL' })),
    'ThrottlingException',
    'AccessDeniedException',
  ],
  [
    'json of DynamoDB',
    () => dynamodb().send(new ListTablesCommand({})),
    'ProvisionedThroughputExceededException',
    'AccessDeniedException',
  ],
  ['s3', () => s3().send(new ListBucketsCommand({})), 'SlowDown', 'AccessDenied'],
];

describe.each(protocols)('in the form of %s', (_, read, throttled, denied) => {
  test('too much, not now, broken and not allowed are understood', async () => {
    const said: unknown[] = [];
    for (const fault of ['throttle', 'denied', 'broken', 'unavailable'] as const) {
      next(fault);
      said.push(await read().catch((error) => error));
    }

    expect(said.map((one) => (one as Error).name).slice(0, 2)).toEqual([throttled, denied]);
    const statuses = said.map(
      (one) => (one as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode,
    );
    expect(statuses.slice(2)).toEqual([500, 503]);
    await expect(read()).resolves.toBeDefined();
  });

  test.each([
    'reset',
    'time-out-before',
    'truncated',
    'cut-short',
  ] as const)('an answer that is %s fails', async (fault) => {
    await read();
    next(fault);

    await expect(read()).rejects.toThrow();
    await expect(read()).resolves.toBeDefined();
  });

  test('an answer that drips is whole', async () => {
    const whole = await read();
    next('drip');

    expect({ ...((await read()) as object), $metadata: null }).toEqual({
      ...(whole as object),
      $metadata: null,
    });
  });
});

test.each([
  ['reset', false],
  ['time-out-before', false],
  ['denied', false],
  ['conflict', false],
  ['lost-answer', true],
  ['time-out-after', true],
  ['truncated', true],
] as const)('a change that meets %s took effect: %s', async (fault, isDone) => {
  next(fault);

  await expect(makeUser(`by-${fault}`)).rejects.toThrow();

  expect((await users()).includes(`by-${fault}`)).toBe(isDone);
});

test('a stale read is what the same read answered before', async () => {
  const before = await users();
  await makeUser('newcomer');

  next('stale');
  expect(await users()).toEqual(before);
  expect(await users()).toEqual([...before, 'newcomer'].sort());
});

test('an endless page names one more for ever, and the engine never sees its token', async () => {
  next('endless-page');
  const seen: (string | undefined)[] = [];
  let Marker: string | undefined;
  for (let page = 1; page <= 5; page += 1) {
    const answer = await iam().send(new ListUsersCommand({ Marker }));
    Marker = answer.Marker;
    seen.push(answer.IsTruncated ? Marker : 'the end');
  }

  expect(seen).toEqual([
    'one-more-page-1',
    'one-more-page-2',
    'one-more-page-3',
    'one-more-page-3',
    'one-more-page-3',
  ]);
  next('endless-page');
  const groups = await new EC2Client(config()).send(new DescribeSecurityGroupsCommand({}));
  expect(groups.NextToken).toBe('one-more-page-1');
});

test('a set that another changed meanwhile is refused by its lock, and a condition by what another wrote', async () => {
  const set = { Name: 'bad', Scope: 'REGIONAL' } as const;
  const made = await waf().send(new CreateIPSetCommand({ ...set, IPAddressVersion: 'IPV4', Addresses: [] }));
  const Id = made.Summary?.Id;
  const { LockToken } = await waf().send(new GetIPSetCommand({ ...set, Id }));
  next('conflict');
  const update = waf().send(new UpdateIPSetCommand({ ...set, Id, LockToken, Addresses: ['203.0.113.7/32'] }));
  await expect(update).rejects.toMatchObject({ name: 'WAFOptimisticLockException' });

  await makeTable();
  const Item = { id: { S: 'first' } };
  next('conflict');
  const put = dynamodb().send(
    new PutItemCommand({ TableName: 'things', Item, ConditionExpression: 'attribute_not_exists(id)' }),
  );
  await expect(put).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
});

test('half of a batch is done and the other half is named', async () => {
  const { QueueUrl } = await sqs().send(new CreateQueueCommand({ QueueName: 'halves' }));
  const Entries = ['a', 'b', 'c', 'd'].map((Id) => ({ Id, MessageBody: Id }));
  next('partial-batch');
  const sent = await sqs().send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const { Messages } = await sqs().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect([sent.Successful?.map((one) => one.Id), sent.Failed?.map((one) => one.Id)]).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(Messages?.map((one) => one.Body).sort()).toEqual(['a', 'b']);

  const puts = ['one', 'two'].map((id) => ({ PutRequest: { Item: { id: { S: id } } } }));
  await makeTable();
  next('partial-batch');
  const written = await dynamodb().send(new BatchWriteItemCommand({ RequestItems: { things: puts } }));
  expect(written.UnprocessedItems?.things).toHaveLength(1);
  const { Items } = await dynamodb().send(new ScanCommand({ TableName: 'things' }));
  expect(Items?.map((one) => one.id?.S)).toContain('one');
  expect(Items?.map((one) => one.id?.S)).not.toContain('two');
});

test('whoever is killed before a call never made it, after it did, and says nothing more either way', async () => {
  for (const fault of ['kill-before', 'kill-after'] as const) {
    const doomed = new IAMClient(config(fault));
    next(fault);
    await expect(doomed.send(new CreateUserCommand({ UserName: fault }))).rejects.toThrow();
    await expect(doomed.send(new CreateUserCommand({ UserName: `${fault}-again` }))).rejects.toThrow();
  }

  expect(killed).toEqual(['kill-before', 'kill-after']);
  expect((await users()).filter((name) => name?.startsWith('kill'))).toEqual(['kill-after']);
});

test('a bucket that another changes at this moment is refused', async () => {
  await s3().send(
    new CreateBucketCommand({ Bucket: 'quarrel', CreateBucketConfiguration: { LocationConstraint: region } }),
  );
  next('conflict');

  const put = s3().send(new PutBucketPolicyCommand({ Bucket: 'quarrel', Policy: '{}' }));

  await expect(put).rejects.toMatchObject({ name: 'OperationAborted' });
});

test('a seed befalls the same calls by their name and number, whatever arrives first', () => {
  const weather = Object.fromEntries(faultNames.map((name) => [name, 0.1]));
  const call = callOf({
    method: 'POST',
    url: new URL('http://127.0.0.1/'),
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=key/20261124/eu-central-1/ec2/aws4_request' },
    body: Buffer.from('Action=DescribeSecurityGroups'),
  });
  const row = (seed: number) => Array.from({ length: 50 }, (_, at) => faultFor(seed, weather, call, at));

  expect(row(7)).toEqual(row(7));
  expect(row(7)).not.toEqual(row(8));
  expect(drawWeather(7)).toEqual(drawWeather(7));
  expect(row(7)).not.toContain('conflict');
});

/** Engines that speak no AWS: what is refused is in their own words too. */
const others: [
  name: string,
  path: string,
  headers: { [name: string]: string },
  status: number,
  says: RegExp,
][] = [
  ['Neutron', '/v2.0/security-groups', { 'x-auth-token': 'gAAAA' }, 429, /"NeutronError":.*OverLimit/],
  [
    'Exoscale',
    '/v2/security-group',
    { authorization: 'EXO2-HMAC-SHA256 credential=EXO1,expires=1,signature=x' },
    429,
    /Too Many Requests/,
  ],
  ['Slack', '/api/chat.postMessage', {}, 429, /"ok":false,"error":"ratelimited"/],
];

test.each(
  others,
)('%s is throttled in its own words and then reached', async (_, path, headers, status, says) => {
  const engine = createServer((__, response) => response.end('{"ok":true}')).listen(0, '127.0.0.1');
  await once(engine, 'listening');
  const before = await startProxy({ target: `http://127.0.0.1:${(engine.address() as AddressInfo).port}` });
  before.set({ at: { call: 1, fault: 'throttle' } });

  const refused = await fetch(`${before.endpoint}${path}`, { headers });
  const reached = await fetch(`${before.endpoint}${path}`, { headers });

  expect([refused.status, refused.headers.get('retry-after')]).toEqual([status, '1']);
  expect(await refused.text()).toMatch(says);
  expect(await reached.text()).toBe('{"ok":true}');
  await before.stop();
  engine.close();
});

async function makeTable(): Promise<void> {
  const id = { AttributeName: 'id' };
  await dynamodb()
    .send(
      new CreateTableCommand({
        TableName: 'things',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ ...id, KeyType: 'HASH' }],
        AttributeDefinitions: [{ ...id, AttributeType: 'S' }],
      }),
    )
    .catch((error: Error) => expect(error.name).toBe('ResourceInUseException'));
}
