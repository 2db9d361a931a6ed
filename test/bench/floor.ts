import { readFileSync } from 'node:fs';
import {
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import pLimit from 'p-limit';

/** The least that must be done per event with the same SDK: describe one group's rules, revoke the public one. */
const client = new EC2Client({});
const limit = pLimit(50);
const [, , file = ''] = process.argv;
const events = readFileSync(file, 'utf8').trim().split('\n');
await Promise.all(events.map((line) => limit(() => shut(JSON.parse(line).detail.requestParameters.groupId))));

async function shut(groupId: string): Promise<void> {
  const startedMs = performance.now();
  const Filters = [{ Name: 'group-id', Values: [groupId] }];
  const { SecurityGroupRules = [] } = await client.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  const open = SecurityGroupRules.filter(
    (rule) => rule.CidrIpv4 === '0.0.0.0/0' && !rule.IsEgress && rule.FromPort === 22,
  );
  const ids = open.flatMap((rule) => rule.SecurityGroupRuleId ?? []);
  await client.send(new RevokeSecurityGroupIngressCommand({ GroupId: groupId, SecurityGroupRuleIds: ids }));
  process.stdout.write(`${JSON.stringify({ tookMs: performance.now() - startedMs, shut: ids.length })}\n`);
}
