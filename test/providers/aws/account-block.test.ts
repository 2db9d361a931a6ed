import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { accountBlockPublicAccess } from '../../../lib/controls/account-block-public-access.ts';
import { reconcile } from '../../../lib/reconcile.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { makeWorld, opened, type World } from '../../loop/harness.ts';
import { awsOn, onAws, region } from './cloud.ts';

/** The account's block was turned off; whom turning it on again would cut off is looked up in every region. */

const moto = useMoto();
const s3 = (where = region) =>
  new S3Client({
    endpoint: moto().endpoint,
    region: where,
    credentials: motoCredentials,
    forcePathStyle: true,
  });
const account = () => ({ ...onAws('account', motoAccount), region: 'global' });
let world: World;

beforeEach(() => {
  world = makeWorld({ provider: awsOn(moto()), controls: [accountBlockPublicAccess] });
});

async function makeBucket(Bucket: string, where = region): Promise<void> {
  const LocationConstraint = where as 'eu-central-1';
  await s3(where).send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }),
  );
  await s3(where).send(new DeletePublicAccessBlockCommand({ Bucket }));
}
const visit = (name: string) =>
  reconcile(account(), { ...opened, eventId: name, name }, world.loop).then((all) =>
    all.map((one) => [one.outcome, one.changes.map((change) => change.op === 'set' && change.id)]),
  );

test('a public policy that is live in another region is asked about, and the rest is turned on', async () => {
  await makeBucket('published', 'eu-west-1');
  const read = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::published/*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [read] });
  await s3('eu-west-1').send(new PutBucketPolicyCommand({ Bucket: 'published', Policy }));

  const [fixed, asked] = await visit('DeleteAccountPublicAccessBlock');

  expect(fixed).toEqual(['fixed', ['blockPublicAcls', 'ignorePublicAcls']]);
  expect(asked).toEqual(['asked', ['blockPublicPolicy', 'restrictPublicBuckets']]);
});

test('the delivery of logs by an access list is asked about', async () => {
  await makeBucket('access-logs');
  const GrantWrite = 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"';
  await s3().send(new PutBucketAclCommand({ Bucket: 'access-logs', GrantWrite }));
  await awsOn(moto()).apply(account(), {
    op: 'set',
    part: 'settings',
    id: 'blockPublicAcls',
    from: true,
    to: false,
  });

  const [asked] = await reconcile(account(), { ...opened, name: 'PutAccountPublicAccessBlock' }, world.loop);

  expect(asked).toMatchObject({ outcome: 'asked', why: expect.stringContaining('logs are delivered by') });
  expect(asked?.why).toContain('access-logs');
});
