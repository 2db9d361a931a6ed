import { CreateNetworkAclCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import type { AclEntry, NetworkAclState } from '../../../lib/kinds/network-acl.ts';
import type { Change, Resource } from '../../../lib/model.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, ec2On, onAws } from './cloud.ts';

const moto = useMoto();

function entry(number: number, over: Partial<AclEntry> = {}): AclEntry {
  return {
    id: `ingress-${number}`,
    number,
    direction: 'ingress',
    action: 'allow',
    protocol: 'tcp',
    fromPort: 22,
    toPort: 22,
    icmpType: null,
    icmpCode: null,
    cidr: '0.0.0.0/0',
    ...over,
  };
}

async function freshAcl(): Promise<Resource> {
  const ec2 = ec2On(moto());
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  const { NetworkAcl } = await ec2.send(new CreateNetworkAclCommand({ VpcId: Vpcs?.[0]?.VpcId }));
  return onAws('network-acl', NetworkAcl?.NetworkAclId ?? '');
}

async function entriesOf(acl: Resource): Promise<AclEntry[]> {
  const [reading] = await awsOn(moto()).read([acl]);
  if (reading?.status !== 'found') throw new Error(`not found: ${JSON.stringify(reading)}`);
  return (reading.state as NetworkAclState).entries;
}

const add = (value: AclEntry): Change => ({ op: 'add', part: 'entries', value });
const remove = (value: AclEntry): Change => ({ op: 'remove', part: 'entries', value });

describe('network ACLs on AWS (moto)', () => {
  const spellings: [string, AclEntry][] = [
    ['a port', entry(90)],
    ['all traffic', entry(91, { protocol: 'all', fromPort: null, toPort: null })],
    ['a deny of a range', entry(92, { action: 'deny', fromPort: 3389, toPort: 3390 })],
    ['an IPv6 network', entry(93, { cidr: '::/0' })],
    ['an egress entry', entry(94, { id: 'egress-94', direction: 'egress' })],
  ];
  it.each(spellings)('%s comes back as it was put', async (_, value) => {
    const acl = await freshAcl();
    await awsOn(moto()).apply(acl, add(value));
    expect(await entriesOf(acl)).toEqual([value]);
  });

  it('adding and removing twice is adding and removing once', async () => {
    const acl = await freshAcl();
    const provider = awsOn(moto());
    await provider.apply(acl, add(entry(90)));
    await provider.apply(acl, add(entry(90)));
    expect(await entriesOf(acl)).toEqual([entry(90)]);
    await provider.apply(acl, remove(entry(90)));
    await provider.apply(acl, remove(entry(90)));
    expect(await entriesOf(acl)).toEqual([]);
  });

  it('an entry that somebody else put at the same number is not removed', async () => {
    const acl = await freshAcl();
    const provider = awsOn(moto());
    await provider.apply(acl, add(entry(90, { cidr: '198.51.100.0/24' })));
    await expect(provider.apply(acl, remove(entry(90)))).rejects.toThrow('is another one by now');
    expect(await entriesOf(acl)).toHaveLength(1);
  });

  it('one that AWS does not know is gone, and its neighbour in the batch is read', async () => {
    const acl = await freshAcl();
    const readings = await awsOn(moto()).read([onAws('network-acl', 'acl-00000000000000000'), acl]);
    expect(readings.map((one) => one.status)).toEqual(['gone', 'found']);
  });
});
