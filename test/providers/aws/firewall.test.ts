import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  type EC2Client,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import type { FirewallRule } from '../../../lib/kinds/firewall.ts';
import { permissionOf } from '../../../lib/providers/aws/firewall-rule.ts';
import { useMoto } from '../../engines/moto.ts';
import { firewallContract } from '../contract.ts';
import { awsOn, ec2On, onAws } from './cloud.ts';

const moto = useMoto();
let next = 1;

firewallContract('AWS (moto)', () => {
  const ec2 = ec2On(moto());
  return {
    provider: awsOn(moto()),
    async put(rules) {
      const GroupName = `contract-${next++}`;
      const { GroupId = '' } = await ec2.send(
        new CreateSecurityGroupCommand({ GroupName, Description: 'test' }),
      );
      const everything = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything }));
      for (const rule of rules) await authorize(ec2, GroupId, rule);
      return onAws('firewall', GroupId);
    },
    async remove({ id }) {
      await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    },
    unknown: () => onAws('firewall', 'sg-00000000000000000'),
    hostile: () => onAws('firewall', 'sg-*'),
    open: ({ id }, rule) => authorize(ec2, id, rule),
  };
});

async function authorize(ec2: EC2Client, GroupId: string, rule: FirewallRule): Promise<void> {
  const Tags = Object.entries(rule.tags).map(([Key, Value]) => ({ Key, Value }));
  const input = {
    GroupId,
    IpPermissions: [permissionOf(rule)],
    ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags }] }),
  };
  if (rule.direction === 'egress') await ec2.send(new AuthorizeSecurityGroupEgressCommand(input));
  else await ec2.send(new AuthorizeSecurityGroupIngressCommand(input));
}
