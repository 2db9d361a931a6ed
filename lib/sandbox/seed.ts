import type { EC2Client, IpPermission } from '@aws-sdk/client-ec2';
import { motoCredentials } from './moto.ts';

/** What the sandbox account holds: some of it open to the world, some of it innocent. */

/** Ids by the names that the recorded events use. */
export type SandboxIds = { [name: string]: string };

const world = { CidrIp: '0.0.0.0/0' };
const office = { CidrIp: '198.51.100.0/24', Description: 'office' };

const tcp = (
  from: number,
  to: number,
  peers: Omit<IpPermission, 'IpProtocol' | 'FromPort' | 'ToPort'>,
): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: from,
  ToPort: to,
  ...peers,
});

/** Group by group what it admits; `list` stands for the id of the public prefix list. */
const groups: { [name: string]: (ids: SandboxIds) => IpPermission[] } = {
  'ssh-world': () => [tcp(22, 22, { IpRanges: [{ ...world, Description: 'just for today' }, office] })],
  'rdp-world': () => [tcp(3389, 3389, { IpRanges: [world] }), tcp(443, 443, { IpRanges: [world] })],
  'wide-open': () => [tcp(0, 65535, { IpRanges: [{ ...world, Description: 'debugging' }] })],
  'all-traffic-world': () => [{ IpProtocol: '-1', IpRanges: [world] }],
  'postgres-v6-world': () => [tcp(5432, 5432, { Ipv6Ranges: [{ CidrIpv6: '::/0' }], IpRanges: [office] })],
  'public-prefix-list': (ids) => [tcp(6379, 6379, { PrefixListIds: [{ PrefixListId: ids['world-list'] }] })],
  'https-only': () => [tcp(443, 443, { IpRanges: [world], Ipv6Ranges: [{ CidrIpv6: '::/0' }] })],
  'office-only': () => [tcp(22, 22, { IpRanges: [office] })],
  'group-reference': (ids) => [tcp(5432, 5432, { UserIdGroupPairs: [{ GroupId: ids['https-only'] }] })],
};

/** The groups that instances carry; the first has a public address. */
const carried = ['ssh-world', 'https-only', 'office-only'];

/** Fills an empty moto. Answers the ids by name. */
export async function seed(endpoint: string, region: string): Promise<SandboxIds> {
  const sdk = await import('@aws-sdk/client-ec2');
  const client = new sdk.EC2Client({ endpoint, region, credentials: motoCredentials });
  const ids: SandboxIds = { account: '123456789012', region };
  const { Vpcs } = await client.send(new sdk.DescribeVpcsCommand({}));
  ids.vpc = named(Vpcs?.[0]?.VpcId, 'a network');
  ids['world-list'] = await prefixList(client, sdk);
  for (const [name, permissions] of Object.entries(groups)) {
    ids[name] = await group(client, sdk, name, ids.vpc, permissions(ids));
  }
  const vpcId = { Name: 'vpc-id', Values: [ids.vpc] };
  const byName = { Filters: [vpcId, { Name: 'group-name', Values: ['default'] }] };
  const defaults = await client.send(new sdk.DescribeSecurityGroupsCommand(byName));
  ids.default = named(defaults.SecurityGroups?.[0]?.GroupId, 'the default group');
  ids['nacl-open'] = await networkAcl(client, sdk, ids.vpc);
  ids.instance = await instances(client, sdk, ids);
  return ids;
}

type Sdk = typeof import('@aws-sdk/client-ec2');

function named(id: string | undefined, what: string): string {
  if (id === undefined) throw new Error(`the sandbox did not name ${what}`);
  return id;
}

async function prefixList(client: EC2Client, sdk: Sdk): Promise<string> {
  const made = await client.send(
    new sdk.CreateManagedPrefixListCommand({
      PrefixListName: 'partners',
      AddressFamily: 'IPv4',
      MaxEntries: 5,
      Entries: [{ Cidr: '0.0.0.0/1' }, { Cidr: '128.0.0.0/1' }],
    }),
  );
  return named(made.PrefixList?.PrefixListId, 'a prefix list');
}

async function group(
  client: EC2Client,
  sdk: Sdk,
  name: string,
  vpc: string,
  permissions: IpPermission[],
): Promise<string> {
  const made = await client.send(
    new sdk.CreateSecurityGroupCommand({ GroupName: name, Description: `sandbox: ${name}`, VpcId: vpc }),
  );
  const id = named(made.GroupId, `group ${name}`);
  await client.send(
    new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: permissions }),
  );
  return id;
}

async function networkAcl(client: EC2Client, sdk: Sdk, vpc: string): Promise<string> {
  const made = await client.send(new sdk.CreateNetworkAclCommand({ VpcId: vpc }));
  const id = named(made.NetworkAcl?.NetworkAclId, 'a network ACL');
  const open = { NetworkAclId: id, RuleNumber: 100, RuleAction: 'allow' as const, CidrBlock: '0.0.0.0/0' };
  await client.send(new sdk.CreateNetworkAclEntryCommand({ ...open, Protocol: '-1', Egress: false }));
  return id;
}

async function instances(client: EC2Client, sdk: Sdk, ids: SandboxIds): Promise<string> {
  const { Images } = await client.send(new sdk.DescribeImagesCommand({ Owners: ['amazon'] }));
  const image = named(Images?.[0]?.ImageId, 'an image');
  const started: string[] = [];
  for (const name of carried) {
    const made = await client.send(
      new sdk.RunInstancesCommand({
        ImageId: image,
        MinCount: 1,
        MaxCount: 1,
        InstanceType: 't3.micro',
        SecurityGroupIds: [named(ids[name], name)],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
      }),
    );
    started.push(named(made.Instances?.[0]?.InstanceId, 'an instance'));
  }
  const address = await client.send(new sdk.AllocateAddressCommand({ Domain: 'vpc' }));
  const [first] = started;
  await client.send(
    new sdk.AssociateAddressCommand({ InstanceId: first, AllocationId: address.AllocationId }),
  );
  return named(first, 'an instance');
}
