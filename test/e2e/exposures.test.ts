import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudTrailClient, CreateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifySnapshotAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { CreateDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from 'vitest';
import { fill } from '../../lib/events/samples.ts';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { useMoto } from '../engines/moto.ts';
import { ec2On, region } from '../providers/aws/cloud.ts';
import { snapshut } from './cli.ts';

/** Everything left open at once, and each recorded event handled by the program as a user runs it. */

const moto = useMoto();
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const s3 = () => new S3Client({ ...here(), forcePathStyle: true });
const open = (Action: string, Resource = '*') => ({
  Sid: 'Open',
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource,
});
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const policy = document(open('s3:GetObject', 'arn:aws:s3:::shop-data/*'));
let home: string;
let ids: { [name: string]: string };

const run = (...args: string[]) => snapshut(args, { endpoint: moto().endpoint, home });

async function recorded(sample: string): Promise<string> {
  const text = await readFile(new URL(`../../events/aws/${sample}.json`, import.meta.url), 'utf8');
  const file = join(home, `${sample}.json`);
  await writeFile(file, JSON.stringify(fill(JSON.parse(text), ids)));
  return file;
}

async function openEverything(): Promise<{ [name: string]: string }> {
  const LocationConstraint = region;
  await s3().send(
    new CreateBucketCommand({ Bucket: 'shop-data', CreateBucketConfiguration: { LocationConstraint } }),
  );
  await s3().send(new PutBucketPolicyCommand({ Bucket: 'shop-data', Policy: policy }));
  await new SQSClient(here()).send(
    new CreateQueueCommand({ QueueName: 'orders', Attributes: { Policy: document(open('sqs:*')) } }),
  );
  const database = { DBInstanceIdentifier: 'orders', DBInstanceClass: 'db.t3.micro', Engine: 'postgres' };
  await new RDSClient(here()).send(
    new CreateDBInstanceCommand({ ...database, PubliclyAccessible: true, StorageEncrypted: true }),
  );
  await new CloudTrailClient(here()).send(
    new CreateTrailCommand({ Name: 'main', S3BucketName: 'shop-data' }),
  );

  const iam = new IAMClient(here());
  const trust = document({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'deployer', AssumeRolePolicyDocument: trust }));
  await iam.send(new CreateUserCommand({ UserName: 'maria' }));
  const everything = document({ Effect: 'Allow', Action: '*', Resource: '*' });
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: 'all', PolicyDocument: everything }));
  await iam.send(new AttachUserPolicyCommand({ UserName: 'maria', PolicyArn: made.Policy?.Arn }));

  const ec2 = ec2On(moto());
  const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }));
  const { SnapshotId = '' } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
  const all = { Attribute: 'createVolumePermission', OperationType: 'add' } as const;
  await ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, ...all, GroupNames: ['all'] }));
  const machines = await ec2.send(
    new RunInstancesCommand({ ImageId: 'ami-12345678', MinCount: 1, MaxCount: 1 }),
  );
  const InstanceId = machines.Instances?.[0]?.InstanceId ?? '';
  const options = { HttpTokens: 'optional', HttpEndpoint: 'enabled' } as const;
  await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, ...options }));
  return { snapshot: SnapshotId, instance: InstanceId };
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
  ids = await openEverything();
});

/** Sample, control, what is answered by the defaults. */
const answers: [sample: string, control: string, outcome: string][] = [
  ['bucket-policy-opened', 'public-bucket', 'fixed'],
  ['bucket-block-removed', 'bucket-block-public-access', 'fixed'],
  ['account-block-removed', 'account-block-public-access', 'fixed'],
  ['queue-policy-opened', 'public-policy', 'fixed'],
  ['snapshot-shared', 'public-sharing', 'fixed'],
  ['database-opened', 'public-database', 'fixed'],
  ['trail-stopped', 'audit-trail-stopped', 'fixed'],
  ['volume-encryption-turned-off', 'unencrypted-default', 'fixed'],
  ['instance-metadata-opened', 'unprotected-metadata', 'asked'],
  ['role-trust-opened', 'public-role-trust', 'asked'],
  ['admin-attached', 'admin-grant', 'asked'],
  ['root-signed-in', 'risky-sign-in', 'told'],
];

describe('what was left open, from the command line to the cloud', () => {
  test('each recorded event is answered as the defaults say, and a second delivery changes nothing', async () => {
    const files = await Promise.all(answers.map(([sample]) => recorded(sample)));

    const first = await run('respond', ...files);
    const second = await run('respond', ...files);

    const said = first.lines.map((one) => `${one.control} ${one.outcome}`);
    for (const [, control, outcome] of answers) expect(said).toContain(`${control} ${outcome}`);
    expect(first.lines.filter((one) => ['failed', 'unfixed'].includes(String(one.outcome)))).toEqual([]);
    expect(second.lines.filter((one) => one.outcome === 'fixed')).toEqual([]);
    expect([first.code, second.code]).toEqual([0, 0]);
  });

  test('what was asked is shut when somebody approves', async () => {
    const { lines } = await run('history', '--json');
    const asked = lines.filter((one) => one.outcome === 'asked');
    expect(asked.length).toBeGreaterThanOrEqual(3);

    for (const { caseId, control } of asked) {
      const [line] = (await run('approve', String(caseId))).lines;
      expect([control, line?.outcome]).toEqual([control, 'fixed']);
    }
  });

  test('a bucket policy is put back byte for byte, once', async () => {
    const { lines } = await run('history', '--json');
    const { caseId } = lines.find((one) => one.control === 'public-bucket') ?? {};

    const [undone] = (await run('undo', String(caseId))).lines;
    const again = await run('undo', String(caseId));

    expect(undone?.outcome).toBe('undone');
    expect((await s3().send(new GetBucketPolicyCommand({ Bucket: 'shop-data' }))).Policy).toBe(policy);
    expect(again.lines[0]?.outcome).toBe('refused');
  });

  test('a sweep reads everything there is and finds nothing more to fix', async () => {
    const swept = await run('sweep', '--json');

    expect(swept.lines.filter((one) => one.outcome === 'failed')).toEqual([]);
    expect(swept.lines.filter((one) => one.outcome === 'fixed')).toEqual([]);
  });
});
