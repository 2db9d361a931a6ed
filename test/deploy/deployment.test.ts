import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { CreateIPSetCommand, GetIPSetCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { type Moto, motoAccount, startMoto } from '../../lib/sandbox/moto.ts';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';
import { root, serverless } from './serverless.ts';

/** The deployed service, for real: serverless deploys it to MiniStack, whose Lambda runs it; EC2 is moto's. */

const region = 'eu-central-1';
const ipSet = 'attackers';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const policyFile = `test/deploy/policy-${process.pid}.yml`;
let engines: { aws: Engine; moto: Moto } | undefined;
const reason = await startEngines();

async function startEngines(): Promise<string | null> {
  try {
    const moto = await startMoto();
    engines = { moto, aws: await startMiniStack({ MINISTACK_ACCOUNT_ID: motoAccount }) };
    return null;
  } catch (error) {
    return `the engines cannot be started: ${error instanceof Error ? error.message : error}`;
  }
}

function started() {
  if (engines === undefined) throw new Error('the engines are not started');
  return engines;
}

const command = (name: string) => [
  name,
  ...['--stage', 'local', '--region', region],
  ...['--param', `policy=${policyFile}`],
  ...['--param', `endpoint=${started().aws.endpoint}`],
  ...['--param', `ec2Endpoint=${started().moto.endpoint}`],
];
const env = () => ({
  AWS_ENDPOINT_URL: started().aws.endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

const clientOf = (endpoint: string) => ({ endpoint, region, credentials });

beforeAll(async () => {
  if (reason !== null) return;
  const account = { provider: 'aws', id: motoAccount, regions: [region] };
  const target = { provider: 'aws', region, ipSets: { ipv4: [ipSet] } };
  const loops = { waf: { targets: [target] } };
  writeFileSync(
    join(root, policyFile),
    `accounts: [${JSON.stringify(account)}]\nloops: ${JSON.stringify(loops)}\n`,
  );
  await serverless(command('deploy'), env());
}, 300_000);

afterAll(async () => {
  rmSync(join(root, policyFile), { force: true });
  await engines?.aws.stop();
  await engines?.moto.stop();
});

test.skipIf(reason !== null)(
  `a deployed service shuts the port, keeps the history, and puts poison away${reason ? ` (${reason})` : ''}`,
  async () => {
    const { aws, moto } = started();
    const ec2 = new EC2Client(clientOf(moto.endpoint));
    const sqs = new SQSClient(clientOf(aws.endpoint));
    const group = await openGroup(ec2);
    const queue = await queueUrl(sqs, 'Changes');

    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queue,
        Entries: [
          { Id: 'poison', MessageBody: 'this is no JSON' },
          { Id: 'event', MessageBody: JSON.stringify(authorized(group)) },
        ],
      }),
    );

    await expect
      .poll(() => publicPorts(ec2, group), { timeout: 30_000, interval: 200 })
      .toEqual([])
      .catch(async (error: unknown) => {
        throw new Error(`the port is still open. ${await logs()}`, { cause: error });
      });
    const [letter] = await lettersIn(sqs, await queueUrl(sqs, 'DeadLetters'));
    expect(letter?.Body).toBe('this is no JSON');
    expect(letter?.MessageAttributes?.reason?.StringValue).toBe('malformed event: not JSON');

    const history = await historyAt(aws.endpoint);
    const key = `aws/${motoAccount}/${region}/firewall/${group}`;
    await expect
      .poll(async () => (await history.latest(key, 'public-port'))?.outcome, { timeout: 10_000 })
      .toBe('fixed');
    await history.close();
    const left = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 0 }));
    expect(left.Messages ?? []).toEqual([]);
  },
  180_000,
);

test.skipIf(reason !== null)(
  'request logs that arrive in a bucket get their attacker blocked, counted over two objects',
  async () => {
    const { aws, moto } = started();
    const wafv2 = new WAFV2Client(clientOf(moto.endpoint));
    const s3 = new S3Client({ ...clientOf(aws.endpoint), forcePathStyle: true });
    const sqs = new SQSClient(clientOf(aws.endpoint));
    const kept = ['192.0.2.1/32'];
    const { Summary } = await wafv2.send(
      new CreateIPSetCommand({
        ...{ Name: ipSet, Scope: 'REGIONAL', IPAddressVersion: 'IPV4', Addresses: kept },
      }),
    );
    const Bucket = 'aws-waf-logs-shop';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await queueUrl(sqs, 'LogObjects'),
        AttributeNames: ['QueueArn'],
      }),
    );
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [{ QueueArn: Attributes?.QueueArn, Events: ['s3:ObjectCreated:*'] }],
        },
      }),
    );

    const at = Date.now() - 30_000;
    for (const [name, from, to] of [
      ['1.log.gz', 0, 60],
      ['2.log.gz', 60, 110],
    ] as const) {
      const lines = Array.from({ length: to - from }, (_, index) => wafLine(at + (from + index) * 100));
      const Body = gzipSync(lines.join('\n'));
      await s3.send(new PutObjectCommand({ Bucket, Key: `AWSLogs/${name}`, Body }));
    }

    const blocked = async () => {
      const of = { Name: ipSet, Scope: 'REGIONAL', Id: Summary?.Id } as const;
      return (await wafv2.send(new GetIPSetCommand(of))).IPSet?.Addresses?.toSorted();
    };
    await expect
      .poll(blocked, { timeout: 60_000, interval: 500 })
      .toEqual([...kept, '203.0.113.5/32'])
      .catch(async (error: unknown) => {
        throw new Error(`the attacker is not blocked. ${await logs('onWafLogs')}`, { cause: error });
      });
  },
  180_000,
);

test.skipIf(reason !== null)(
  'removed, it leaves no queue behind',
  async () => {
    const sqs = new SQSClient(clientOf(started().aws.endpoint));

    await serverless(command('remove'), env());

    const queues = await sqs.send(new ListQueuesCommand({}));
    expect(queues.QueueUrls ?? []).toEqual([]);
  },
  180_000,
);

function wafLine(timestamp: number): string {
  const headers = [{ name: 'User-Agent', value: 'Mozilla/5.0 (X11; Linux x86_64)' }];
  const httpRequest = {
    clientIp: '203.0.113.5',
    country: 'FI',
    headers,
    uri: '/',
    args: '',
    httpMethod: 'GET',
  };
  return JSON.stringify({ timestamp, formatVersion: 1, webaclId: 'arn', action: 'ALLOW', httpRequest });
}

/** What the function said, for whoever must find out why it did nothing. */
function logs(name = 'onChange'): Promise<string> {
  const args = ['logs', '--function', name, ...command('').slice(1)];
  return serverless(args, env()).catch((error: unknown) => String(error));
}

async function openGroup(ec2: EC2Client): Promise<string> {
  const made = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: `open-${randomUUID()}`, Description: 'open to all' }),
  );
  const GroupId = made.GroupId ?? '';
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
  ];
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  return GroupId;
}

async function publicPorts(ec2: EC2Client, group: string) {
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [group] }));
  return SecurityGroups?.[0]?.IpPermissions ?? [];
}

async function queueUrl(sqs: SQSClient, part: string): Promise<string> {
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({}));
  const url = QueueUrls?.find((one) => one.includes(part));
  if (url === undefined) throw new Error(`no queue of ${part} in ${QueueUrls?.join(' ')}`);
  return url;
}

async function lettersIn(sqs: SQSClient, QueueUrl: string) {
  for (let tries = 0; tries < 60; tries += 1) {
    const input = { QueueUrl, MessageAttributeNames: ['All'] };
    const { Messages } = await sqs.send(new ReceiveMessageCommand(input));
    if (Messages?.length) return Messages;
    await sleep(200);
  }
  return [];
}

async function historyAt(endpoint: string): Promise<DynamoHistory> {
  const { TableNames } = await new DynamoDBClient(clientOf(endpoint)).send(new ListTablesCommand({}));
  return new DynamoHistory(TableNames?.find((name) => name.includes('History')) ?? '', clientOf(endpoint));
}

function authorized(groupId: string) {
  const time = new Date().toISOString();
  const detail = {
    eventVersion: '1.11',
    eventID: randomUUID(),
    eventTime: time,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'AuthorizeSecurityGroupIngress',
    awsRegion: region,
    recipientAccountId: motoAccount,
    userIdentity: { type: 'IAMUser', userName: 'ada', accountId: motoAccount },
    requestParameters: { groupId },
    responseElements: { _return: true },
  };
  return {
    ...{ version: '0', id: randomUUID(), source: 'aws.ec2', account: motoAccount, region, time },
    ...{ 'detail-type': 'AWS API Call via CloudTrail', resources: [], detail },
  };
}
