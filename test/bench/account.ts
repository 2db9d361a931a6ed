import { CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { exposedGroups, region } from './groups.ts';

export interface Size {
  groups: number;
  buckets: number;
  users: number;
}

/** How many of each are exposed: whoever sweeps must find exactly these. */
export interface Planted {
  groups: number;
  buckets: number;
  users: number;
}

const limit = pLimit(20);
const all = <T>(count: number, make: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => limit(() => make(n))));

/** Fills an account: one in ten is open to the world, or an administrator. */
export async function filledAccount(endpoint: string, size: Size): Promise<Planted> {
  const planted = { groups: size.groups / 10, buckets: size.buckets / 10, users: size.users / 10 };
  const options = { endpoint, region, credentials: motoCredentials };
  await exposedGroups(endpoint, planted.groups);
  const ec2 = new EC2Client(options);
  await all(size.groups - planted.groups, (n) =>
    ec2.send(new CreateSecurityGroupCommand({ GroupName: `quiet-${n}`, Description: 'bench' })),
  );
  await buckets(new S3Client({ ...options, forcePathStyle: true }), size.buckets, planted.buckets);
  await users(new IAMClient(options), size.users, planted.users);
  return planted;
}

async function buckets(client: S3Client, count: number, open: number): Promise<void> {
  await all(count, async (n) => {
    const Bucket = `bench-bucket-${n}`;
    const LocationConstraint = region;
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
    await client.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      }),
    );
    const isOn = n >= open;
    await client.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: isOn,
          IgnorePublicAcls: isOn,
          BlockPublicPolicy: isOn,
          RestrictPublicBuckets: isOn,
        },
      }),
    );
    if (isOn) await client.send(new PutBucketPolicyCommand({ Bucket, Policy: tlsOnly(Bucket) }));
    else await client.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
  });
}

function tlsOnly(bucket: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: `arn:aws:s3:::${bucket}/*`,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  });
}

async function users(client: IAMClient, count: number, admins: number): Promise<void> {
  const { Policy } = await client.send(
    new CreatePolicyCommand({
      PolicyName: 'everything',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      }),
    }),
  );
  await all(count, async (n) => {
    const UserName = `bench-user-${n}`;
    await client.send(new CreateUserCommand({ UserName }));
    await client.send(new CreateAccessKeyCommand({ UserName }));
    if (n < admins)
      await client.send(new AttachUserPolicyCommand({ UserName, PolicyArn: Policy?.Arn ?? '' }));
  });
}
