import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeNetworkAclsCommand,
  DescribeSecurityGroupsCommand,
  ReplaceNetworkAclAssociationCommand,
} from '@aws-sdk/client-ec2';
import { beforeAll, describe, expect, test } from 'vitest';
import { stateFingerprint } from '../../../lib/kinds.ts';
import type { Resource } from '../../../lib/model.ts';
import { reconcile } from '../../../lib/reconcile.ts';
import { undo } from '../../../lib/undo.ts';
import { useMoto } from '../../engines/moto.ts';
import { makeWorld, opened } from '../../loop/harness.ts';
import { awsOn, ec2On, onAws, region } from './cloud.ts';
import { controlOf, stateOf } from './round.ts';

/** Controls of the network, from the event to the undo, on moto. */

const moto = useMoto();
let VpcId = '';
let SubnetId = '';

beforeAll(async () => {
  const made = await ec2On(moto()).send(new CreateVpcCommand({ CidrBlock: '10.3.0.0/16' }));
  VpcId = made.Vpc?.VpcId ?? '';
  const zone = { VpcId, CidrBlock: '10.3.1.0/24', AvailabilityZone: `${region}a` };
  SubnetId = (await ec2On(moto()).send(new CreateSubnetCommand(zone))).Subnet?.SubnetId ?? '';
});

async function defaultGroup(): Promise<string> {
  const ec2 = ec2On(moto());
  const Filters = [
    { Name: 'vpc-id', Values: [VpcId] },
    { Name: 'group-name', Values: ['default'] },
  ];
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  const GroupId = SecurityGroups?.[0]?.GroupId ?? '';
  await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Groups: [GroupId] }));
  const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }));
  return GroupId;
}

/** As EC2 makes it: everything may leave. */
async function freshGroup(GroupName: string): Promise<string> {
  const made = await ec2On(moto()).send(
    new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId }),
  );
  return made.GroupId ?? '';
}

async function openAcl(): Promise<string> {
  const ec2 = ec2On(moto());
  const { NetworkAcl } = await ec2.send(new CreateNetworkAclCommand({ VpcId }));
  const NetworkAclId = NetworkAcl?.NetworkAclId ?? '';
  const all = { Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0', Egress: false } as const;
  await ec2.send(new CreateNetworkAclEntryCommand({ NetworkAclId, RuleNumber: 100, ...all }));
  const { NetworkAcls } = await ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] }),
  );
  const AssociationId = NetworkAcls?.[0]?.Associations?.find(
    (one) => one.SubnetId === SubnetId,
  )?.NetworkAclAssociationId;
  await ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }));
  return NetworkAclId;
}

const rounds: [control: string, kind: 'firewall' | 'network-acl', make: () => Promise<string>][] = [
  ['open-egress', 'firewall', () => freshGroup('egress')],
  ['mail-egress', 'firewall', () => freshGroup('mail')],
  ['default-firewall-in-use', 'firewall', defaultGroup],
  ['public-network-acl', 'network-acl', openAcl],
];

describe('what the network lets through', () => {
  test.each(rounds)('%s is shut, proved by a fresh read, and put back exactly', async (name, kind, make) => {
    const control = controlOf(name, kind);
    const provider = awsOn(moto());
    const resource: Resource = onAws(kind, await make());
    const world = makeWorld({ provider, controls: [control] });
    const before = await stateOf(provider, resource);

    const [fixed] = await reconcile(resource, { ...opened, name: 'AnyChange' }, world.loop);

    expect([fixed?.outcome, fixed?.why]).toEqual(['fixed', fixed?.why]);
    const again = await reconcile(resource, { ...opened, eventId: 'event-2' }, world.loop);
    expect(again.map((one) => one.outcome)).toEqual(['clean']);
    const undone = await undo({ caseId: fixed?.caseId ?? '', by: 'maria', exemptMs: 86_400_000 }, world.loop);
    expect(undone.outcome).toBe('undone');
    expect(stateFingerprint(await stateOf(provider, resource))).toBe(stateFingerprint(before));
  });
});
