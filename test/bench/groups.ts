import { writeFile } from 'node:fs/promises';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import pLimit from 'p-limit';
import { motoAccount, motoCredentials } from '../../lib/sandbox/moto.ts';

export const region = 'eu-central-1';

/** Fills an engine with groups that admit ssh from the world beside two innocent rules; answers their ids. */
export async function exposedGroups(endpoint: string, count: number): Promise<string[]> {
  const client = new EC2Client({ endpoint, region, credentials: motoCredentials });
  const limit = pLimit(20);
  const make = async (n: number): Promise<string> => {
    const name = { GroupName: `bench-${Date.now()}-${n}`, Description: 'bench' };
    const { GroupId = '' } = await client.send(new CreateSecurityGroupCommand(name));
    const tcp = (port: number, cidr: string) => ({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      IpRanges: [{ CidrIp: cidr }],
    });
    const IpPermissions = [tcp(22, '0.0.0.0/0'), tcp(443, '0.0.0.0/0'), tcp(5432, '198.51.100.0/24')];
    await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    return GroupId;
  };
  return Promise.all(Array.from({ length: count }, (_, n) => limit(() => make(n))));
}

/** How many groups still admit ssh from the world, and how many innocent rules are there. */
export async function looked(
  endpoint: string,
  ids: readonly string[],
): Promise<{ open: number; innocent: number }> {
  const client = new EC2Client({ endpoint, region, credentials: motoCredentials });
  const Filters = [{ Name: 'group-id', Values: [...ids] }];
  const { SecurityGroupRules = [] } = await client.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  const ingress = SecurityGroupRules.filter((rule) => !rule.IsEgress);
  const open = ingress.filter((rule) => rule.FromPort === 22).length;
  return { open, innocent: ingress.length - open };
}

/** One EventBridge event per group, as JSON lines. */
export async function eventsFile(path: string, ids: readonly string[]): Promise<void> {
  const lines = ids.map((id, n) => JSON.stringify(opened(id, n)));
  await writeFile(path, `${lines.join('\n')}\n`);
}

function opened(groupId: string, n: number) {
  const time = '2026-11-24T09:00:00Z';
  const userIdentity = {
    type: 'IAMUser',
    arn: `arn:aws:iam::${motoAccount}:user/alice`,
    accountId: motoAccount,
  };
  return {
    version: '0',
    id: `bench-${n}`,
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.ec2',
    account: motoAccount,
    time,
    region,
    resources: [],
    detail: {
      eventVersion: '1.08',
      userIdentity,
      eventTime: time,
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      awsRegion: region,
      sourceIPAddress: '203.0.113.7',
      userAgent: 'aws-cli/2.15.0',
      requestParameters: { groupId },
      responseElements: { _return: true },
      eventID: `bench-${n}-${groupId}`,
      eventType: 'AwsApiCall',
      recipientAccountId: motoAccount,
    },
  };
}
