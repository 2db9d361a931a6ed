import {
  CreateBucketCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicBucket } from '../../../lib/controls/public-bucket.ts';
import type { BucketState } from '../../../lib/kinds/bucket.ts';
import { invert, stateFingerprint } from '../../../lib/kinds.ts';
import type { Change, Resource } from '../../../lib/model.ts';
import type { ExoscaleProvider } from '../../../lib/providers/exoscale/exoscale.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { useMoto } from '../../engines/moto.ts';
import { providerOn } from './provider-on.ts';

/** moto's S3 stands in for Exoscale's object storage, which no emulator plays. */
describe('buckets of the object storage', () => {
  const moto = useMoto();
  let fake: Exoscale;
  let provider: ExoscaleProvider;
  let s3: S3Client;
  beforeAll(async () => {
    fake = await startExoscale();
    const { endpoint } = moto();
    provider = providerOn(fake, endpoint);
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  });
  afterAll(() => fake.stop());

  const named = (id: string): Resource => ({
    provider: 'exoscale',
    account: 'org',
    region: 'ch-gva-2',
    kind: 'bucket',
    id,
  });
  const settings = {
    now: new Date(),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };
  const stateOf = async (resource: Resource): Promise<BucketState> => {
    const [reading] = await provider.read([resource]);
    if (reading?.status === 'error') throw reading.error;
    if (reading?.status !== 'found') throw new Error('the bucket is gone');
    return reading.state as BucketState;
  };

  it('a bucket that lets everybody read by list and by policy is shut, and undo gives both back', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'shop' }));
    await s3.send(new PutBucketAclCommand({ Bucket: 'shop', ACL: 'public-read' }));
    const statement = (Sid: string, Principal: object | string) => ({
      Sid,
      Effect: 'Allow',
      Principal,
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::shop/*',
    });
    const Statement = [
      statement('Everybody', '*'),
      statement('Partner', { AWS: 'arn:aws:iam::111122223333:root' }),
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement }, null, 1);
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'shop', Policy }));
    const resource = named('shop');
    const before = await stateOf(resource);

    const finding = publicBucket.check(before, settings);
    const applied: Change[] = [];
    for (const change of publicBucket.fix(before, finding?.exposures ?? [], settings)) {
      applied.push(await provider.apply(resource, change));
    }
    const shut = await stateOf(resource);
    for (const change of [...invert(applied), ...invert(applied)]) await provider.apply(resource, change);

    expect(finding?.exposures.map((one) => one.id)).toEqual(['AllUsers/READ', 'Everybody']);
    expect(publicBucket.check(shut, settings)?.exposures.filter((one) => !one.ask) ?? []).toEqual([]);
    expect(shut.statements.map((one) => one.id)).toEqual(['Partner']);
    expect(stateFingerprint(await stateOf(resource))).toBe(stateFingerprint(before));
  });

  it('a bucket that is not there is gone, and each zone lists its own', async () => {
    fake.state.buckets.push(
      { name: 'here', 'zone-name': 'ch-gva-2' },
      { name: 'there', 'zone-name': 'de-fra-1' },
    );
    const listed: string[] = [];
    for await (const page of provider.list('org', 'ch-gva-2', 'bucket'))
      listed.push(...page.map((one) => one.id));

    expect(listed).toEqual(['here']);
    expect(await provider.read([named('nowhere')])).toEqual([{ status: 'gone' }]);
  });
});
