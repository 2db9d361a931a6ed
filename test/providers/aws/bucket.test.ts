import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutBucketWebsiteCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateAccessPointCommand,
  PutAccessPointPolicyCommand,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { describe, expect, test } from 'vitest';
import type { BucketState } from '../../../lib/kinds/bucket.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const s3 = () =>
  new S3Client({ endpoint: moto().endpoint, region, credentials: motoCredentials, forcePathStyle: true });
let number = 0;

async function makeBucket(): Promise<string> {
  const Bucket = `bucket-${number++}`;
  await s3().send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }),
  );
  return Bucket;
}

const open = (Bucket: string, over: object = {}) => ({
  Sid: 'Open',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/*`,
  ...over,
});
const kept = (Bucket: string) => ({
  ...open(Bucket),
  Sid: 'Kept',
  Principal: { AWS: `arn:aws:iam::${motoAccount}:root` },
});

async function putPolicy(Bucket: string, ...Statement: object[]): Promise<string> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Id: 'ours', Statement });
  await s3().send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return Policy;
}
const policyOf = async (Bucket: string) => (await s3().send(new GetBucketPolicyCommand({ Bucket }))).Policy;

describe('public-bucket on moto', () => {
  const control = controlOf('public-bucket', 'bucket');

  test('public statements go, with and without Sid, and the others stay byte for byte', async () => {
    const Bucket = await makeBucket();
    const { Sid: _, ...anonymous } = open(Bucket, { Principal: { AWS: '*' }, Action: 's3:PutObject' });
    const policy = await putPolicy(Bucket, open(Bucket), kept(Bucket), anonymous);

    const { changes } = await shutAndUndo(awsOn(moto()), onAws('bucket', Bucket), control, {
      whenShut: async () => {
        const left = JSON.stringify({ Version: '2012-10-17', Id: 'ours', Statement: [kept(Bucket)] });
        expect(await policyOf(Bucket)).toBe(left);
      },
    });

    expect(changes).toHaveLength(2);
    expect(await policyOf(Bucket)).toBe(policy);
  });

  test('the last statement takes the policy with it, and undo brings both back', async () => {
    const Bucket = await makeBucket();
    const policy = await putPolicy(Bucket, open(Bucket));

    await shutAndUndo(awsOn(moto()), onAws('bucket', Bucket), control, {
      whenShut: async () => {
        await expect(policyOf(Bucket)).rejects.toThrow(/policy/i);
      },
    });

    expect(await policyOf(Bucket)).toBe(policy);
  });

  test('public grants go, and the owner and the log delivery keep theirs', async () => {
    const Bucket = await makeBucket();
    const { Owner } = await s3().send(new GetBucketAclCommand({ Bucket }));
    const group = (name: string) => ({
      Type: 'Group' as const,
      URI: `http://acs.amazonaws.com/groups/${name}`,
    });
    const Grants = [
      { Grantee: group('global/AllUsers'), Permission: 'READ' as const },
      { Grantee: { Type: 'CanonicalUser' as const, ID: Owner?.ID }, Permission: 'FULL_CONTROL' as const },
      { Grantee: group('global/AuthenticatedUsers'), Permission: 'WRITE' as const },
      { Grantee: group('s3/LogDelivery'), Permission: 'WRITE' as const },
    ];
    await s3().send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner, Grants } }));

    const { exposures } = await shutAndUndo(awsOn(moto()), onAws('bucket', Bucket), control, {
      whenShut: async () => {
        const left = await s3().send(new GetBucketAclCommand({ Bucket }));
        expect(left.Grants?.map((one) => one.Permission)).toEqual(['FULL_CONTROL', 'WRITE']);
      },
    });

    expect(exposures.map((one) => [one.id, one.severity])).toEqual([
      ['AllUsers/READ', 'high'],
      ['AuthenticatedUsers/WRITE', 'critical'],
    ]);
  });

  test('an open statement of an access point goes, and the access point of a VPC is left alone', async () => {
    const Bucket = await makeBucket();
    const client = new S3ControlClient({ endpoint: moto().endpoint, region, credentials: motoCredentials });
    const resolve = client.config.endpointProvider;
    client.config.endpointProvider = (params, context) =>
      resolve({ ...params, RequiresAccountId: false }, context);
    const AccountId = motoAccount;
    for (const Name of ['files', 'inside']) {
      const VpcConfiguration = Name === 'inside' ? { VpcId: 'vpc-12345678' } : undefined;
      await client.send(new CreateAccessPointCommand({ AccountId, Name, Bucket, VpcConfiguration }));
      const Resource = `arn:aws:s3:${region}:${motoAccount}:accesspoint/${Name}/object/*`;
      const Statement = [open(Bucket, { Resource }), { ...kept(Bucket), Resource }];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await client.send(new PutAccessPointPolicyCommand({ AccountId, Name, Policy }));
    }

    const { changes } = await shutAndUndo(awsOn(moto()), onAws('bucket', Bucket), control);

    expect(changes.map((change) => change.op === 'remove' && change.value.id)).toEqual(['files/Open']);
    const hint = {
      provider: 'aws',
      account: motoAccount,
      region,
      kind: 'access-point',
      id: 'files',
    } as const;
    expect(await awsOn(moto()).resolve(hint)).toEqual([onAws('bucket', Bucket)]);
  });

  test('a website is asked about', async () => {
    const Bucket = await makeBucket();
    await putPolicy(Bucket, open(Bucket));
    const WebsiteConfiguration = { IndexDocument: { Suffix: 'index.html' } };
    await s3().send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));

    const finding = control.check(
      await stateOf(awsOn(moto()), onAws('bucket', Bucket)),
      settingsFor(control),
    );

    expect(finding?.exposures[0]?.ask).toBe('the bucket is a website');
  });

  test('a bucket whose block makes the policy harmless is left alone', async () => {
    const Bucket = await makeBucket();
    await putPolicy(Bucket, open(Bucket));
    const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true };
    await s3().send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));

    const state = await stateOf(awsOn(moto()), onAws('bucket', Bucket));

    expect(control.check(state, settingsFor(control))).toBeNull();
  });

  test('a statement that somebody changed after we looked is not removed', async () => {
    const Bucket = await makeBucket();
    await putPolicy(Bucket, open(Bucket), kept(Bucket));
    const state = await stateOf(awsOn(moto()), onAws('bucket', Bucket));
    const settings = settingsFor(control);
    const plan = control.fix(state, control.check(state, settings)?.exposures ?? [], settings);
    const changed = await putPolicy(Bucket, open(Bucket, { Principal: { AWS: motoAccount } }), kept(Bucket));

    for (const change of plan) await awsOn(moto()).apply(onAws('bucket', Bucket), change);

    expect(await policyOf(Bucket)).toBe(changed);
  });
});

test('a bucket that does not exist is gone, and one of another account is an error', async () => {
  const provider = awsOn(moto());

  expect(await provider.read([onAws('bucket', 'nobody-has-this')])).toEqual([{ status: 'gone' }]);
});

test('buckets are listed in their own region only', async () => {
  const Bucket = await makeBucket();
  const listed: string[] = [];
  for await (const page of awsOn(moto()).list(motoAccount, region, 'bucket'))
    listed.push(...page.map((one) => one.id));
  const elsewhere: string[] = [];
  for await (const page of awsOn(moto()).list(motoAccount, 'us-west-2', 'bucket'))
    elsewhere.push(...page.map((one) => one.id));

  expect(listed).toContain(Bucket);
  expect(elsewhere).toEqual([]);
});

describe('bucket-block-public-access on moto', () => {
  const control = controlOf('bucket-block-public-access', 'bucket');

  test('what is off is turned on; undo leaves a bucket without configuration as it was', async () => {
    const Bucket = await makeBucket();

    await shutAndUndo(awsOn(moto()), onAws('bucket', Bucket), control);

    await expect(s3().send(new GetPublicAccessBlockCommand({ Bucket }))).rejects.toThrow(/configuration/i);
  });

  test('a switch that is on stays on', async () => {
    const Bucket = await makeBucket();
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true, IgnorePublicAcls: false };
    await s3().send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));

    const { changes } = await shutAndUndo(awsOn(moto()), onAws('bucket', Bucket), control);

    expect(changes).toHaveLength(3);
    expect(changes).not.toContainEqual(expect.objectContaining({ id: 'blockPublicAcls' }));
  });

  test('a live public policy is asked about', async () => {
    const Bucket = await makeBucket();
    await putPolicy(Bucket, open(Bucket));
    const state = await stateOf(awsOn(moto()), onAws('bucket', Bucket));

    const exposures = control.check(state, settingsFor(control))?.exposures ?? [];

    expect(exposures.filter((one) => one.ask).map((one) => one.id)).toEqual([
      'blockPublicPolicy',
      'restrictPublicBuckets',
    ]);
  });
});

test('unencrypted-default turns encryption on again', async () => {
  const Bucket = await makeBucket();
  const control = controlOf('unencrypted-default', 'bucket');

  const { before, shut } = await shutAndUndo(awsOn(moto()), onAws('bucket', Bucket), control);

  expect((before as BucketState).settings.encryption).toBeNull();
  expect(JSON.stringify((shut as BucketState).settings.encryption)).toContain('AES256');
});

describe('the settings of an account on moto', () => {
  test('the block of public access is turned on where an event says that it was turned off', async () => {
    const control = controlOf('account-block-public-access', 'account');
    const resource = { ...onAws('account', motoAccount), region: 'global' };

    await shutAndUndo(awsOn(moto()), resource, control, {
      settings: { trigger: 'DeleteAccountPublicAccessBlock' },
    });
    const state = await stateOf(awsOn(moto()), resource);
    const swept = control.check(state, settingsFor(control, { trigger: 'sweep' }));
    const known = control.check(
      state,
      settingsFor(control, { trigger: 'sweep', seenOn: ['blockPublicAcls'] }),
    );

    expect(swept?.exposures.every((one) => one.tell)).toBe(true);
    expect(known?.exposures.filter((one) => !one.tell).map((one) => one.id)).toEqual(['blockPublicAcls']);
  });

  test('new volumes are encrypted again', async () => {
    const control = controlOf('unencrypted-default', 'account');

    await shutAndUndo(awsOn(moto()), onAws('account', motoAccount), control);
  });
});
