import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
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
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { CreateIPSetCommand, GetIPSetCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { type Moto, motoAccount, startMoto } from '../../lib/sandbox/moto.ts';
import { create } from '../../lib/sign-in-links.ts';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';
import { type FakeSlack, startFakeSlack } from '../slack/fake-slack.ts';
import { pressed } from '../slack/world.ts';
import { root, serverless } from './serverless.ts';

/** The deployed service, for real: serverless deploys it to MiniStack, whose Lambda runs it; EC2 is moto's. */

const region = 'eu-central-1';
const ipSet = 'attackers';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const policyFile = `test/deploy/policy-${process.pid}.yml`;
const slackSecret = '8f742231b10e8888abcd99yyyzzz85a5';
let engines: { aws: Engine; moto: Moto; slack: FakeSlack } | undefined;
const reason = await startEngines();

async function startEngines(): Promise<string | null> {
  try {
    const moto = await startMoto();
    const aws = await startMiniStack({ MINISTACK_ACCOUNT_ID: motoAccount });
    engines = { moto, aws, slack: await startFakeSlack() };
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
  ...['--param', 'slackBotToken=xoxb-test', '--param', `slackSigningSecret=${slackSecret}`],
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
  const scopes = [{ match: { name: 'asked-*' }, control: 'public-port', mode: 'ask' }];
  const alerts = { slack: { channel: 'C0123', approvers: ['UBOB'], apiUrl: started().slack.url } };
  writeFileSync(
    join(root, policyFile),
    [
      `accounts: [${JSON.stringify(account)}]`,
      `loops: ${JSON.stringify(loops)}`,
      `scopes: ${JSON.stringify(scopes)}`,
      `alerts: ${JSON.stringify(alerts)}`,
    ].join('\n'),
  );
  await serverless(command('deploy'), env());
}, 300_000);

afterAll(async () => {
  rmSync(join(root, policyFile), { force: true });
  await engines?.aws.stop();
  await engines?.moto.stop();
  await engines?.slack.close();
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
    await lookAtConsole(history, aws.endpoint, key);
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
  'what is asked in Slack is shut by a signed click through the HTTP API, and the message says so',
  async () => {
    const { aws, moto, slack } = started();
    const ec2 = new EC2Client(clientOf(moto.endpoint));
    const sqs = new SQSClient(clientOf(aws.endpoint));
    const group = await openGroup(ec2, 'asked');
    const message = () =>
      [...slack.messages.values()].find((one) => JSON.stringify(one.blocks).includes(group));

    const QueueUrl = await queueUrl(sqs, 'Changes');
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(authorized(group)) }));
    await expect
      .poll(() => JSON.stringify(message()?.blocks), { timeout: 30_000, interval: 200 })
      .toContain('What would be shut')
      .catch(async (error: unknown) => {
        throw new Error(`nothing was asked. ${await logs()}`, { cause: error });
      });
    const asked = message();
    if (asked === undefined) throw new Error('the message is gone');
    expect(await publicPorts(ec2, group)).toHaveLength(1);

    const forged = await slackPost(aws.endpoint, pressed(asked, 'approve', 'UBOB'), 'another secret');
    expect(forged.status).toBe(401);
    const click = pressed(asked, 'approve', 'UBOB');
    const startedMs = performance.now();
    const taken = await slackPost(aws.endpoint, click, slackSecret);
    expect([taken.status, taken.text]).toEqual([200, '']);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect((await slackPost(aws.endpoint, click, slackSecret)).status).toBe(409);

    await expect
      .poll(() => publicPorts(ec2, group), { timeout: 30_000, interval: 200 })
      .toEqual([])
      .catch(async (error: unknown) => {
        throw new Error(`the click shut nothing. ${await logs()}`, { cause: error });
      });
    await expect
      .poll(() => JSON.stringify(message()?.blocks), { timeout: 10_000 })
      .toContain('What was shut');
    const whispers = slack.calls.filter((one) => one.method === 'chat.postEphemeral');
    await expect.poll(() => slack.calls.some((one) => one.method === 'chat.postEphemeral')).toBe(true);
    expect(whispers.length).toBeLessThanOrEqual(1);
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

/** As a browser would: signs in with a link, and looks at the case and at the health of the service. */
async function lookAtConsole(history: DynamoHistory, endpoint: string, key: string): Promise<void> {
  const token = await create(history, { user: 'anna', role: 'approver' }, new Date());
  const { Items } = await new ApiGatewayV2Client(clientOf(endpoint)).send(new GetApisCommand({}));
  const host = `${Items?.[0]?.ApiId}.execute-api.localhost:${new URL(endpoint).port}`;
  const ask = (method: string, path: string, headers: Record<string, string>, body = '') =>
    asked(endpoint, { method, path, headers: { host, ...headers } }, body);

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const signedIn = await ask('POST', '/console/sign-in', form, new URLSearchParams({ token }).toString());
  expect([signedIn.status, signedIn.headers.location, signedIn.body]).toEqual([303, '/console', '']);
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
  expect(cookie).toMatch(/^__Host-snapshut=/);

  const cases = await ask('GET', `/console?resource=${encodeURIComponent(key)}`, { cookie });
  expect(cases.body).toContain('tcp/22 (ssh) to the whole internet');
  expect((await ask('GET', '/console/health', { cookie })).body).toContain('</b> dead letters');
  expect((await ask('GET', '/console', {})).status).toBe(303);
}

/** `fetch` does not let a caller name the host. */
async function asked(endpoint: string, options: RequestOptions, body: string) {
  const { hostname, port } = new URL(endpoint);
  const question = request({ hostname, port, ...options });
  question.end(body);
  const [answer] = (await once(question, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const { statusCode: status = 0, headers } = answer;
  return { status, headers, body: Buffer.concat(chunks).toString() };
}

/** What the function said, for whoever must find out why it did nothing. */
function logs(name = 'onChange'): Promise<string> {
  const args = ['logs', '--function', name, ...command('').slice(1)];
  return serverless(args, env()).catch((error: unknown) => String(error));
}

async function openGroup(ec2: EC2Client, name = 'open'): Promise<string> {
  const made = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: `${name}-${randomUUID()}`, Description: 'open to all' }),
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

/** To the deployed address, as Slack sends it: the host names the API. */
async function slackPost(endpoint: string, body: string, secret: string) {
  const scope = `test/20260101/${region}/apigateway/aws4_request`;
  const Authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const listed = await fetch(`${endpoint}/v2/apis`, { headers: { Authorization } });
  const { items } = (await listed.json()) as { items: { apiId: string }[] };
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const { hostname, port } = new URL(endpoint);
  const headers = {
    Host: `${items[0]?.apiId}.execute-api.localhost:${port}`,
    'Content-Type': 'application/x-www-form-urlencoded',
    'X-Slack-Request-Timestamp': timestamp,
    'X-Slack-Signature': `v0=${signature}`,
  };
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(
      { hostname, port, path: '/slack/interactions', method: 'POST', headers },
      (answer) => {
        let text = '';
        answer.on('data', (piece) => {
          text += piece;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
