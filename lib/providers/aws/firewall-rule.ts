import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { TerminalError } from '../../errors.ts';
import type { FirewallRule, Peer } from '../../kinds/firewall.ts';
import { tagsOf } from './ec2.ts';

/** A rule as EC2 says it and as the kind says it. Pure. */

/** AWS takes numbers for these and may answer either. */
const protocolNames: { [said: string]: string } = {
  '-1': 'all',
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
};

export function protocolOf(said: string): string {
  return protocolNames[said] ?? said.toLowerCase();
}

/** Ports of tcp and udp, type and code of ICMP, nothing for the rest; -1 is any. */
export function portsOf(protocol: string, from: number | undefined, to: number | undefined) {
  const [a, b] = [from, to].map((n) => (n === undefined || n === -1 ? null : n)) as [
    number | null,
    number | null,
  ];
  const none = { fromPort: null, toPort: null, icmpType: null, icmpCode: null };
  if (protocol === 'icmp' || protocol === 'icmpv6') return { ...none, icmpType: a, icmpCode: b };
  if (protocol === 'tcp' || protocol === 'udp') return { ...none, fromPort: a, toPort: b };
  return none;
}

/** `cidrs` holds the prefix lists that could be read. Throws TerminalError for a rule that is not whole. */
export function ruleOf(said: SecurityGroupRule, cidrs: ReadonlyMap<string, string[] | null>): FirewallRule {
  const { SecurityGroupRuleId: id, IpProtocol, IsEgress, Description, ReferencedGroupInfo: group } = said;
  if (!id || !IpProtocol || IsEgress === undefined) {
    throw new TerminalError(`EC2 answered half a rule: ${JSON.stringify(said).slice(0, 200)}`);
  }
  const protocol = protocolOf(IpProtocol);
  return {
    id,
    direction: IsEgress ? 'egress' : 'ingress',
    protocol,
    ...portsOf(protocol, said.FromPort, said.ToPort),
    peer: peerOf(said, cidrs),
    description: Description || null,
    tags: tagsOf(said.Tags),
    ...(group && {
      native: { groupAccount: group.UserId ?? null, peering: group.VpcPeeringConnectionId ?? null },
    }),
  };
}

function peerOf(said: SecurityGroupRule, cidrs: ReadonlyMap<string, string[] | null>): Peer {
  if (said.CidrIpv4) return { type: 'cidr', cidr: said.CidrIpv4 };
  if (said.CidrIpv6) return { type: 'cidr', cidr: said.CidrIpv6 };
  if (said.PrefixListId) {
    return { type: 'prefix-list', id: said.PrefixListId, cidrs: cidrs.get(said.PrefixListId) ?? null };
  }
  const group = said.ReferencedGroupInfo?.GroupId;
  if (group) return { type: 'group', id: group };
  throw new TerminalError(`EC2 does not say whom rule ${said.SecurityGroupRuleId} admits`);
}

/** The one permission that makes exactly this rule. */
export function permissionOf(rule: FirewallRule): IpPermission {
  const text = rule.description === null ? {} : { Description: rule.description };
  const icmp = rule.protocol === 'icmp' || rule.protocol === 'icmpv6';
  const ports: IpPermission = {
    IpProtocol: rule.protocol === 'all' ? '-1' : rule.protocol,
    FromPort: (icmp ? rule.icmpType : rule.fromPort) ?? -1,
    ToPort: (icmp ? rule.icmpCode : rule.toPort) ?? -1,
  };
  const { peer, native } = rule;
  if (peer.type === 'prefix-list') return { ...ports, PrefixListIds: [{ PrefixListId: peer.id, ...text }] };
  if (peer.type === 'cidr') {
    return peer.cidr.includes(':')
      ? { ...ports, Ipv6Ranges: [{ CidrIpv6: peer.cidr, ...text }] }
      : { ...ports, IpRanges: [{ CidrIp: peer.cidr, ...text }] };
  }
  const account = native?.groupAccount ? { UserId: String(native.groupAccount) } : {};
  const peering = native?.peering ? { VpcPeeringConnectionId: String(native.peering) } : {};
  return { ...ports, UserIdGroupPairs: [{ GroupId: peer.id, ...account, ...peering, ...text }] };
}

/** Equal for rules that EC2 holds to be duplicates: description and tags do not count. */
export function admission(rule: FirewallRule): string {
  const { direction, protocol, fromPort, toPort, icmpType, icmpCode, peer } = rule;
  const who = peer.type === 'cidr' ? peer.cidr : peer.id;
  return JSON.stringify([direction, protocol, fromPort, toPort, icmpType, icmpCode, who]);
}
