import type { NetworkAcl, NetworkAclEntry } from '@aws-sdk/client-ec2';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { AclEntry } from '../../kinds/network-acl.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { allPages, chunks, ec2Of, filter, filterMax, tagsOf } from './ec2.ts';
import { isAws } from './errors.ts';
import { portsOf, protocolOf } from './firewall-rule.ts';

/** AWS's own last entry, which denies what no other entry speaks of; it can be neither changed nor removed. */
const lastNumber = 32767;

/** Network ACLs. */
export const networkAcl: Adapter = {
  kind: 'network-acl',
  calls: {
    read: ['ec2:DescribeNetworkAcls'],
    write: ['ec2:CreateNetworkAclEntry', 'ec2:DeleteNetworkAclEntry'],
  },

  async read(clients, place, ids) {
    const answers = await Promise.all(chunks(ids, filterMax).map((some) => readNamed(clients, place, some)));
    const found = new Map(answers.flat().map((acl) => [acl.NetworkAclId ?? '', acl]));
    return new Map(ids.map((id): [string, Reading] => [id, readingOf(found.get(id), place)]));
  },

  async apply(clients, place, id, change) {
    if (change.op === 'set') throw new TerminalError(`a network ACL has no setting ${change.id}`);
    // States are built by this adapter or a control, so the elements of `entries` are entries.
    const entry = change.value as unknown as AclEntry;
    if (change.op === 'remove') await removeEntry(clients, place, id, entry);
    else await addEntry(clients, place, id, entry);
    return change;
  },

  async *list(clients, place) {
    const acls = await readAcls(clients, place, { Filters: [filter('owner-id', [place.account])] });
    yield acls.flatMap((acl) => acl.NetworkAclId ?? []);
  },
};

/** One unknown id fails all that are asked for with it: then each is asked for alone. */
async function readNamed(clients: Clients, place: Place, ids: readonly string[]): Promise<NetworkAcl[]> {
  try {
    return await readAcls(clients, place, { NetworkAclIds: [...ids] });
  } catch (error) {
    // moto speaks of a route table.
    const unknown = [
      'InvalidNetworkAclID.NotFound',
      'InvalidNetworkAclID.Malformed',
      'InvalidRouteTableID.NotFound',
    ];
    if (!isAws(error, ...unknown)) throw error;
    if (ids.length === 1) return [];
    return (await Promise.all(ids.map((id) => readNamed(clients, place, [id])))).flat();
  }
}

async function readAcls(
  clients: Clients,
  place: Place,
  which: { NetworkAclIds?: string[]; Filters?: ReturnType<typeof filter>[] },
): Promise<NetworkAcl[]> {
  const { client, sdk } = await ec2Of(clients, place);
  return allPages(async (NextToken) => {
    // EC2 takes MaxResults only where it may need to page.
    const paged = which.NetworkAclIds ? {} : { MaxResults: 1000 };
    const page = await client.send(new sdk.DescribeNetworkAclsCommand({ ...which, ...paged, NextToken }));
    return { items: page.NetworkAcls, next: page.NextToken };
  });
}

function readingOf(acl: NetworkAcl | undefined, place: Place): Reading {
  if (acl === undefined) return { status: 'gone' };
  if (acl.OwnerId && acl.OwnerId !== place.account) {
    const error = new TerminalError(
      `${acl.NetworkAclId} belongs to account ${acl.OwnerId}, not ${place.account}`,
    );
    return { status: 'error', error };
  }
  try {
    const entries = (acl.Entries ?? []).filter((one) => (one.RuleNumber ?? 0) < lastNumber).map(entryOf);
    const tags = tagsOf(acl.Tags);
    const subnets = acl.Associations?.length ?? 0;
    const name = tags.Name ?? null;
    return {
      status: 'found',
      state: { kind: 'network-acl', name, tags, isDefault: acl.IsDefault ?? false, subnets, entries },
    };
  } catch (error) {
    if (error instanceof TerminalError) return { status: 'error', error };
    throw error;
  }
}

function entryOf(said: NetworkAclEntry): AclEntry {
  const { RuleNumber: number, Protocol, RuleAction, Egress, IcmpTypeCode } = said;
  const cidr = said.CidrBlock ?? said.Ipv6CidrBlock;
  if (number === undefined || !Protocol || !RuleAction || Egress === undefined || !cidr) {
    throw new TerminalError(`EC2 answered half an entry: ${JSON.stringify(said).slice(0, 200)}`);
  }
  const direction = Egress ? 'egress' : 'ingress';
  const protocol = protocolOf(Protocol);
  const isIcmp = protocol === 'icmp' || protocol === 'icmpv6';
  const range = isIcmp
    ? portsOf(protocol, IcmpTypeCode?.Type, IcmpTypeCode?.Code)
    : portsOf(protocol, said.PortRange?.From, said.PortRange?.To);
  return { id: `${direction}-${number}`, number, direction, action: RuleAction, protocol, ...range, cidr };
}

/** ACL entries speak in IANA numbers. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html */
const protocolNumbers: { [protocol: string]: string } = {
  all: '-1',
  icmp: '1',
  tcp: '6',
  udp: '17',
  icmpv6: '58',
};

async function addEntry(clients: Clients, place: Place, id: string, entry: AclEntry): Promise<void> {
  const { client, sdk } = await ec2Of(clients, place);
  const { protocol, fromPort, toPort } = entry;
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  const isIcmp = protocol === 'icmp' || protocol === 'icmpv6';
  const input = {
    NetworkAclId: id,
    RuleNumber: entry.number,
    Egress: entry.direction === 'egress',
    RuleAction: entry.action,
    Protocol: protocolNumbers[protocol] ?? protocol,
    ...(entry.cidr.includes(':') ? { Ipv6CidrBlock: entry.cidr } : { CidrBlock: entry.cidr }),
    ...(hasPorts && { PortRange: { From: fromPort ?? 0, To: toPort ?? 65535 } }),
    ...(isIcmp && { IcmpTypeCode: { Type: entry.icmpType ?? -1, Code: entry.icmpCode ?? -1 } }),
  };
  try {
    await client.send(new sdk.CreateNetworkAclEntryCommand(input));
  } catch (error) {
    if (!isAws(error, 'NetworkAclEntryAlreadyExists')) throw error;
    await expectSame(clients, place, id, entry);
  }
}

/** A number can be taken by an entry that means something else: then nothing was added. */
async function expectSame(clients: Clients, place: Place, id: string, entry: AclEntry): Promise<void> {
  const [acl] = await readNamed(clients, place, [id]);
  const standing = acl?.Entries?.map(entryOf).find((one) => one.id === entry.id);
  if (JSON.stringify(standing) === JSON.stringify(entry)) return;
  throw new RetryableError(`number ${entry.number} of ${id} was taken by somebody else meanwhile`);
}

async function removeEntry(clients: Clients, place: Place, id: string, entry: AclEntry): Promise<void> {
  const { client, sdk } = await ec2Of(clients, place);
  const [acl] = await readNamed(clients, place, [id]);
  const standing = acl?.Entries?.map(entryOf).find((one) => one.id === entry.id);
  // Entries are removed by number alone, so what stands at the number must be what is meant.
  if (standing === undefined) return;
  if (
    standing.action !== entry.action ||
    standing.cidr !== entry.cidr ||
    standing.protocol !== entry.protocol
  ) {
    throw new TerminalError(`entry ${entry.number} of ${id} is another one by now`);
  }
  const input = { NetworkAclId: id, RuleNumber: entry.number, Egress: entry.direction === 'egress' };
  try {
    await client.send(new sdk.DeleteNetworkAclEntryCommand(input));
  } catch (error) {
    if (!isAws(error, 'InvalidNetworkAclEntry.NotFound', 'InvalidNetworkAclID.NotFound')) throw error;
  }
}
