import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventPatterns } from '../../deploy/event-rules.ts';
import { templates } from '../../deploy/templates.ts';
import { rowOf } from '../../lib/events/cloudtrail-table.ts';
import { maxReceiveCount } from '../../lib/handler/batch.ts';
import { calls as changesQueueCalls } from '../../lib/handler/changes-queue.ts';
import { calls as deadLetterCalls } from '../../lib/handler/dead-letters.ts';
import { calls as queueHealthCalls } from '../../lib/handler/queue-health.ts';
import { calls as secretCalls } from '../../lib/handler/signing-secret.ts';
import { calls as historyCalls } from '../../lib/history/dynamodb-table.ts';
import { calls as trafficCalls } from '../../lib/history/dynamodb-traffic.ts';
import { calls as windowCalls } from '../../lib/history/dynamodb-windows.ts';
import { tellCalls } from '../../lib/notify/calls.ts';
import { securityHubCalls } from '../../lib/notify/securityhub.ts';
import { AwsProvider, callsOf } from '../../lib/providers/aws/aws.ts';
import { calls as clientCalls } from '../../lib/providers/aws/clients.ts';
import { calls as furtherSetCalls } from '../../lib/providers/aws/further-set.ts';
import { calls as ipSetCalls } from '../../lib/providers/aws/ip-set.ts';
import { calls as ownAddressCalls } from '../../lib/providers/aws/own-addresses.ts';
import { calls as deliveryCalls } from '../../lib/providers/aws/secret-delivery.ts';
import { calls as webAclCalls } from '../../lib/providers/aws/web-acl.ts';
import { calls as logObjectCalls } from '../../lib/wire-logs.ts';
import { calls as webhookAppCalls } from '../../lib/wire-webhook-app.ts';
import { calls as webhookCalls } from '../../lib/wire-webhooks.ts';
import { cfnLint, packagedTemplateFile, root, type Template } from './serverless.ts';

const { kinds } = new AwsProvider({ accounts: [], version: '0' });
const guardCalls = [
  ...kinds.flatMap((kind) => [...callsOf(kind).read, ...callsOf(kind).write]),
  ...securityHubCalls,
  ...deliveryCalls.read,
  ...deliveryCalls.write,
];
const told = Object.values(tellCalls).flat();
const blockCalls = [ipSetCalls, furtherSetCalls, webAclCalls].flatMap(({ read, write }) => [
  ...read,
  ...write,
]);
const everywhere = [...guardCalls, ...told, ...historyCalls, ...clientCalls.read, ...clientCalls.write];
/** What Lambda itself does with the role. */
const logCalls = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const queueCalls = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

const sorted = (list: readonly string[]) => [...new Set(list)].toSorted();

interface Role {
  ManagedPolicyArns?: { Ref: string }[];
  Policies?: { PolicyDocument: PolicyDocument }[];
  PolicyDocument?: PolicyDocument;
}
interface PolicyDocument {
  Statement: { Action: string | string[] }[];
}

const actionsOf = ({ Policies = [], PolicyDocument }: Role): string[] =>
  [...Policies.map((one) => one.PolicyDocument), ...(PolicyDocument ? [PolicyDocument] : [])].flatMap((one) =>
    one.Statement.flatMap((statement) => statement.Action),
  );

test.each(Object.entries(templates()))('%s is what the code says (npm run deploy:write)', (file, text) => {
  expect(readFileSync(join(root, file), 'utf8')).toBe(text);
});

describe('the packaged service', () => {
  let file: string;
  let template: Template;

  beforeAll(async () => {
    file = await packagedTemplateFile();
    template = JSON.parse(readFileSync(file, 'utf8'));
  }, 300_000);

  test('and the template for member accounts have nothing that cfn-lint minds', async () => {
    expect(await cfnLint(file, 'deploy/member-account.yml')).toBe('');
  }, 300_000);

  test.each([
    ['OnChangeRole', [...everywhere, ...deadLetterCalls, ...logCalls, ...queueCalls]],
    [
      'OnWebhookRole',
      [...historyCalls, 'sts:GetCallerIdentity', ...webhookCalls, ...webhookAppCalls, ...logCalls],
    ],
    [
      'OnSlackRole',
      [...historyCalls, ...tellCalls.secrets, ...changesQueueCalls, 'sts:GetCallerIdentity', ...logCalls],
    ],
    [
      'OnWafLogsRole',
      [
        ...[...historyCalls, ...windowCalls.read, ...windowCalls.write, ...clientCalls.write],
        ...[...blockCalls, ...ownAddressCalls.read, ...logObjectCalls.read],
        ...[...deadLetterCalls, ...logCalls, ...queueCalls],
      ],
    ],
    ['OnScheduleRole', [...everywhere, ...changesQueueCalls, ...logCalls, ...blockCalls]],
    ['ConsoleRole', [...everywhere, ...queueHealthCalls, ...secretCalls, ...blockCalls, ...logCalls]],
  ])('%s may make exactly the calls that its function makes', (id, expected) => {
    const { Resources } = template;
    const role = Resources[id]?.Properties as Role;
    const attached = (role.ManagedPolicyArns ?? []).map(({ Ref }) => Resources[Ref]?.Properties as Role);

    expect(sorted([role, ...attached].flatMap(actionsOf))).toEqual(sorted(expected));
  });

  test.each(['Changes', 'LogObjects'])('the queue %s gives up when the function does', (id) => {
    const { RedrivePolicy } = template.Resources[id]?.Properties as {
      RedrivePolicy: { maxReceiveCount: number };
    };

    expect(RedrivePolicy.maxReceiveCount).toBe(maxReceiveCount);
  });
});

test("the member accounts' role may make exactly the calls of the providers", () => {
  const template = parse(readFileSync(join(root, 'deploy/member-account.yml'), 'utf8'), { version: '1.1' });

  expect(sorted(actionsOf(template.Resources.Member.Properties))).toEqual(
    sorted([...guardCalls, ...blockCalls, ...ownAddressCalls.read]),
  );
});

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: in characters, white space aside. */
test.each(['hub.yml', 'member-account.yml'])('no policy of %s is longer than IAM takes', (file) => {
  const { Resources } = parse(readFileSync(join(root, 'deploy', file), 'utf8'), { version: '1.1' });
  const lengths = Object.values(Resources as { [id: string]: { Type: string; Properties: Role } }).flatMap(
    ({ Type, Properties }) => {
      const limit = Type === 'AWS::IAM::ManagedPolicy' ? 6144 : Type === 'AWS::IAM::Role' ? 10_240 : null;
      const held = limit === 6144 ? Properties.PolicyDocument : Properties.Policies;
      return limit === null ? [] : [{ limit, length: JSON.stringify(held).length }];
    },
  );

  expect(lengths.length).toBeGreaterThan(0);
  expect(lengths.filter(({ limit, length }) => length > limit)).toEqual([]);
});

/** S3 authorises these under other names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const authorisedAs: { [command: string]: string } = {
  ListBuckets: 'ListAllMyBuckets',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
};

test('every command that is sent to AWS is declared beside its code', () => {
  const loopCalls = [ownAddressCalls, windowCalls, trafficCalls].flatMap(({ read, write }) => [
    ...read,
    ...write,
  ]);
  const declared = new Set(
    [...everywhere, ...deadLetterCalls, ...queueHealthCalls, ...secretCalls, ...blockCalls, ...loopCalls].map(
      (call) => call.split(':')[1],
    ),
  );
  // Transactions are authorised as the writes they hold.
  declared.add('TransactWriteItems');
  const files = globSync('lib/{secret,{providers/aws,history,handler,notify}/**/*}.ts', { cwd: root });
  const sent = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/new (?:\w+\.)?(\w+)Command\(/g)].map(
      ([, name = '']) => authorisedAs[name] ?? name,
    ),
  );

  expect(sent.length).toBeGreaterThan(10);
  expect(sent.filter((name) => !declared.has(name))).toEqual([]);
});

test('every event that is understood has a rule that lets it through', () => {
  const patterns = [...eventPatterns().values()];

  const missed = [...rowOf.keys()].filter((key) => {
    const [source = '', name = ''] = key.split('/');
    return !patterns.some(
      ({ detail }) =>
        detail?.eventSource?.includes(source) &&
        detail.eventName?.some(({ prefix }) => name.startsWith(prefix)),
    );
  });

  expect(missed).toEqual([]);
  for (const pattern of patterns) expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2048);
});

test('no function loads an SDK client before it needs it', () => {
  const report = execFileSync(process.execPath, ['deploy/bundles.ts', '--json'], {
    cwd: root,
    encoding: 'utf8',
  });

  const bundles: { name: string; clients: string[]; lazyClients: string[] }[] = JSON.parse(report);
  expect(bundles.map((one) => one.name).toSorted()).toEqual(
    globSync('functions/*.ts', { cwd: root })
      .map((file) => file.slice('functions/'.length, -3))
      .toSorted(),
  );
  expect(bundles.flatMap((one) => one.clients)).toEqual([]);
  expect(bundles.every((one) => one.lazyClients.includes('@aws-sdk/client-ec2'))).toBe(true);
}, 240_000);
