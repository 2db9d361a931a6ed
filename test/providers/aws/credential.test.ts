import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetAccessKeyLastUsedCommand, IAMClient } from '@aws-sdk/client-iam';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resource } from '../../../lib/model.ts';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';

/** No engine has root keys or CloudTrail's event history; what AWS documents stands in. */

const account = '123456789012';
const id = 'AKIAIOSFODNN7EXAMPLE';
const key: Resource = { provider: 'aws', account, region: 'global', kind: 'credential', id };
const iam = mockClient(IAMClient);
const ec2 = mockClient(EC2Client);
const trail = mockClient(CloudTrailClient);
const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
const provider = new AwsProvider({ accounts: [{ account }], version: '0', credentials });

beforeEach(() => {
  ec2
    .on(DescribeRegionsCommand)
    .resolves({ Regions: [{ RegionName: 'us-east-1' }, { RegionName: 'eu-central-1' }] });
});
afterEach(() => {
  for (const mock of [iam, ec2, trail]) mock.reset();
});

describe('a key that AWS knows and no user has', () => {
  it.each([
    undefined,
    'root',
    '<root_account>',
    account,
  ])('is the root user’s (%s), not gone', async (UserName) => {
    iam.on(GetAccessKeyLastUsedCommand).resolves({ UserName });
    expect(await provider.read([key])).toMatchObject([
      { status: 'found', state: { kind: 'credential', name: null, settings: { status: 'Active' } } },
    ]);
  });

  it('is an error where AWS does not say', async () => {
    iam.on(GetAccessKeyLastUsedCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    expect(await provider.read([key])).toMatchObject([{ status: 'error' }]);
  });
});

const event = (EventName: string, over: object = {}, details: object = {}) => ({
  EventName,
  EventSource: 'iam.amazonaws.com',
  EventTime: new Date('2026-11-20T10:00:00Z'),
  ReadOnly: 'false',
  CloudTrailEvent: JSON.stringify({ sourceIPAddress: '203.0.113.7', ...details }),
  ...over,
});

describe('what a key did in 90 days', () => {
  it('is asked in every region, page by page: calls, addresses, regions, what it created', async () => {
    const mallory = [{ ResourceType: 'AWS::IAM::User', ResourceName: 'mallory' }];
    trail
      .on(LookupEventsCommand)
      .resolvesOnce({ Events: [event('CreateUser', { Resources: mallory })], NextToken: 'more' })
      .resolvesOnce({ Events: [event('ListUsers', { ReadOnly: 'true' })] })
      .resolves({
        Events: [event('DeleteUser', {}, { errorCode: 'AccessDenied', sourceIPAddress: '198.51.100.9' })],
      });

    const text = await provider.deedsOf(key);

    expect(text).toContain('In the last 90 days it made 3 calls, 1 of them refused');
    expect(text).toContain('203.0.113.7 (2), 198.51.100.9 (1)');
    expect(text).toMatch(/us-east-1 \(\d\).*eu-central-1 \(\d\)|eu-central-1 \(\d\).*us-east-1 \(\d\)/);
    expect(text).toContain(
      'created or changed: iam CreateUser AWS::IAM::User mallory (2026-11-20T10:00:00.000Z)',
    );
    const asked = trail.commandCalls(LookupEventsCommand).map((call) => call.args[0].input);
    expect(asked).toHaveLength(3);
    for (const one of asked)
      expect(one.LookupAttributes).toEqual([{ AttributeKey: 'AccessKeyId', AttributeValue: id }]);
  });

  it('names the region that did not answer, and the rest', async () => {
    trail
      .on(LookupEventsCommand)
      .rejectsOnce(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }))
      .resolves({ Events: [] });
    const text = await provider.deedsOf(key);
    expect(text).toMatch(
      /Nothing was found that it did in the last 90 days; (us-east-1|eu-central-1) could not be asked: AccessDeniedException: not authorized/,
    );
  });

  it('holds nothing that a thief could write into a message', async () => {
    const Resources = [
      { ResourceType: 'AWS::IAM::User', ResourceName: `\u001b[2J<script>*bold*\n${'x'.repeat(500)}` },
    ];
    trail.on(LookupEventsCommand).resolves({ Events: [event('CreateUser', { Resources })] });
    const text = String(await provider.deedsOf(key));
    expect(text).not.toMatch(/\p{Cc}|[<>*]/u);
    expect(text.length).toBeLessThan(1500);
  });

  it('is not asked of a role, whose sessions have a key each', async () => {
    expect(await provider.deedsOf({ ...key, id: `arn:aws:iam::${account}:role/web` })).toBeNull();
  });
});

it('a session key leads to the role that the trail names as its issuer', async () => {
  const arn = `arn:aws:iam::${account}:role/web`;
  const userIdentity = { type: 'AssumedRole', arn: 'x', sessionContext: { sessionIssuer: { arn } } };
  trail
    .on(LookupEventsCommand)
    .resolvesOnce({ Events: [] })
    .resolves({ Events: [event('RunInstances', {}, { userIdentity })] });
  const hint = {
    provider: 'aws' as const,
    account,
    region: 'global',
    kind: 'session-key',
    id: 'ASIAIOSFODNN7EXAMPLE',
  };
  expect(await provider.resolve(hint)).toEqual([{ ...key, id: arn }]);
});
