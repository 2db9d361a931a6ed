import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { publicBucket } from '../../../lib/controls/public-bucket.ts';
import { publicPort } from '../../../lib/controls/public-port.ts';
import type { Outcome, Resource } from '../../../lib/model.ts';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import { reconcile } from '../../../lib/reconcile.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { undo } from '../../../lib/undo.ts';
import { useMoto } from '../../engines/moto.ts';
import { useRefusingProxy } from '../../engines/refusing-proxy.ts';
import { makeWorld, opened, type World } from '../../loop/harness.ts';
import { ec2On, onAws, region } from './cloud.ts';

/** One of several fixes is refused by the cloud itself: moto behind a proxy that lets one kind of call not through. */

const moto = useMoto();
const proxy = useRefusingProxy(moto);
let world: World;

beforeEach(() => {
  proxy().refuse(null);
  const provider = new AwsProvider({
    accounts: [{ account: motoAccount }],
    version: 'test',
    endpoint: proxy().endpoint,
    credentials: motoCredentials,
  });
  world = makeWorld({ provider, controls: [publicPort, publicBucket] });
});

let events = 0;
async function look(resource: Resource): Promise<Outcome> {
  const [first, ...more] = await reconcile(
    resource,
    { ...opened, eventId: `refused-${events++}` },
    world.loop,
  );
  if (!first || more.length > 0) throw new Error(`${more.length + (first ? 1 : 0)} outcomes`);
  return first;
}
const putBack = (caseId: string | null) =>
  undo({ caseId: caseId ?? '', by: 'maria', exemptMs: 86_400_000 }, world.loop);

describe('a bucket that is open by its access list and by its policy', () => {
  const s3 = () =>
    new S3Client({ endpoint: moto().endpoint, region, credentials: motoCredentials, forcePathStyle: true });
  let number = 0;

  async function openBucket() {
    const Bucket = `two-ways-${number++}`;
    const CreateBucketConfiguration = { LocationConstraint: region } as const;
    await s3().send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration, ObjectOwnership: 'ObjectWriter' }),
    );
    await s3().send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const open = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource };
    const kept = { ...open, Sid: 'Kept', Principal: { AWS: `arn:aws:iam::${motoAccount}:root` } };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open, kept] });
    await s3().send(new PutBucketPolicyCommand({ Bucket, Policy }));
    return Bucket;
  }
  const isPublicByAcl = async (Bucket: string) => {
    const { Grants = [] } = await s3().send(new GetBucketAclCommand({ Bucket }));
    return Grants.some((one) => one.Grantee?.URI?.endsWith('/AllUsers'));
  };
  const sidsOf = async (Bucket: string) => {
    const { Policy = '{}' } = await s3().send(new GetBucketPolicyCommand({ Bucket }));
    return (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement.map((one) => one.Sid);
  };

  const ways = [
    { refused: 'its access list', query: '?acl', left: 'grant', acl: true, sids: ['Kept'] },
    { refused: 'its policy', query: '?policy', left: 'statement', acl: false, sids: ['Open', 'Kept'] },
  ];
  test.each(
    ways,
  )('whose fix of $refused is refused stays unfixed with that named; then it is shut, and undone whole', async ({
    query,
    left,
    acl,
    sids,
  }) => {
    const Bucket = await openBucket();
    const refusedBefore = proxy().refused();
    proxy().refuse(
      ({ method, url }) => method === 'PUT' && url.startsWith(`/${Bucket}`) && url.includes(query),
    );

    const unfixed = await look(onAws('bucket', Bucket));

    expect(unfixed).toMatchObject({ outcome: 'unfixed', why: expect.stringMatching(/still open.*refused/) });
    expect(unfixed.changes).toHaveLength(1);
    expect(unfixed.changes[0]?.text).toContain(left);
    expect(proxy().refused()).toBe(refusedBefore + 1);
    expect([await isPublicByAcl(Bucket), await sidsOf(Bucket)]).toEqual([acl, sids]);

    proxy().refuse(null);
    const fixed = await look(onAws('bucket', Bucket));

    expect(fixed).toMatchObject({ outcome: 'fixed', caseId: unfixed.caseId });
    expect([await isPublicByAcl(Bucket), await sidsOf(Bucket)]).toEqual([false, ['Kept']]);
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect([await isPublicByAcl(Bucket), await sidsOf(Bucket)]).toEqual([true, ['Open', 'Kept']]);
  });
});

describe('a group whose ssh is open in both families', () => {
  const ec2 = () => ec2On(moto());

  async function openGroup() {
    const { GroupId = '' } = await ec2().send(
      new CreateSecurityGroupCommand({ GroupName: `both-${events++}`, Description: 'both families' }),
    );
    await ec2().send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 22,
            ToPort: 22,
            IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'everybody' }],
            Ipv6Ranges: [{ CidrIpv6: '::/0', Description: 'everybody too' }],
          },
        ],
      }),
    );
    return GroupId;
  }
  const rulesOf = async (GroupId: string) => {
    const Filters = [{ Name: 'group-id', Values: [GroupId] }];
    const said = await ec2().send(new DescribeSecurityGroupRulesCommand({ Filters }));
    return (said.SecurityGroupRules ?? []).filter((one) => !one.IsEgress);
  };
  const peersOf = async (GroupId: string) =>
    (await rulesOf(GroupId)).map((one) => one.CidrIpv4 ?? one.CidrIpv6).sort();

  test.each([
    { family: 'IPv6', refused: '::/0' },
    { family: 'IPv4', refused: '0.0.0.0/0' },
  ])('where the one of $family may not be closed stays unfixed with that named; then it is shut, and undone whole', async ({
    refused,
  }) => {
    const GroupId = await openGroup();
    const rule = (await rulesOf(GroupId)).find((one) => (one.CidrIpv4 ?? one.CidrIpv6) === refused);
    proxy().refuse(
      ({ body }) =>
        body.includes('Action=RevokeSecurityGroupIngress') && body.includes(rule?.SecurityGroupRuleId ?? '-'),
    );

    const unfixed = await look(onAws('firewall', GroupId));

    expect(unfixed).toMatchObject({ outcome: 'unfixed', why: expect.stringMatching(/still open.*refused/) });
    expect(unfixed.changes.map((one) => one.text)).toEqual([expect.stringContaining(refused)]);
    expect(await peersOf(GroupId)).toEqual([refused]);

    proxy().refuse(null);
    const fixed = await look(onAws('firewall', GroupId));

    expect(fixed).toMatchObject({ outcome: 'fixed', caseId: unfixed.caseId });
    expect(await peersOf(GroupId)).toEqual([]);
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect(await peersOf(GroupId)).toEqual(['0.0.0.0/0', '::/0']);
    expect((await rulesOf(GroupId)).map((one) => one.Description).sort()).toEqual([
      'everybody',
      'everybody too',
    ]);
  });
});
