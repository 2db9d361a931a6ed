import ipaddr from 'ipaddr.js';
import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import { canonical } from '../../fingerprint.ts';
import type { FirewallRule, Peer } from '../../kinds/firewall.ts';
import { protocolOf, saidOf } from './protocols.ts';

/** A Neutron rule as the firewall kind sees it, and back. Pure. */

export const NeutronRule = z.object({
  id: z.string().min(1),
  direction: z.enum(['ingress', 'egress']),
  ethertype: z.enum(['IPv4', 'IPv6']),
  protocol: z.union([z.string(), z.number().transform(String)]).nullable(),
  port_range_min: z.number().int().nullable(),
  port_range_max: z.number().int().nullable(),
  remote_ip_prefix: z.string().nullable(),
  remote_group_id: z.string().nullable(),
  remote_address_group_id: z.string().nullish(),
  normalized_cidr: z.string().nullish(),
  description: z.string().nullish(),
  revision_number: z.number().int().optional(),
});
export type NeutronRule = z.infer<typeof NeutronRule>;

const anywhere = { IPv4: '0.0.0.0/0', IPv6: '::/0' };

/** `addressGroups` has the addresses of every address group that the rules name; null where it is not visible. */
export function ruleOf(said: NeutronRule, addressGroups: ReadonlyMap<string, string[] | null>): FirewallRule {
  const protocol = protocolOf(said.protocol, said.ethertype);
  const icmp = protocol.startsWith('icmp');
  return {
    id: said.id,
    direction: said.direction,
    protocol,
    fromPort: icmp ? null : said.port_range_min,
    toPort: icmp ? null : said.port_range_max,
    icmpType: icmp ? said.port_range_min : null,
    icmpCode: icmp ? said.port_range_max : null,
    peer: peerOf(said, addressGroups),
    // Neutron's own first rules say null and every other rule without one says '': both say nothing.
    description: said.description || null,
    tags: {},
    native: {
      ethertype: said.ethertype,
      protocol: said.protocol,
      remote_ip_prefix: said.remote_ip_prefix,
    },
  };
}

function peerOf(said: NeutronRule, addressGroups: ReadonlyMap<string, string[] | null>): Peer {
  if (said.remote_group_id) return { type: 'group', id: said.remote_group_id };
  const id = said.remote_address_group_id;
  if (id) return { type: 'prefix-list', id, cidrs: familyOf(said, addressGroups.get(id) ?? null) };
  // Neutron filters by the network of a prefix such as 10.0.0.5/8, and keeps the prefix as it was written.
  const cidr = said.normalized_cidr ?? said.remote_ip_prefix;
  return { type: 'cidr', cidr: cidr ?? anywhere[said.ethertype] };
}

/** A rule of one ethertype admits only the addresses of that family, whatever else the group holds. */
function familyOf({ ethertype }: NeutronRule, addresses: string[] | null): string[] | null {
  if (!addresses) return null;
  return addresses.filter((address) => address.includes(':') === (ethertype === 'IPv6')).sort();
}

/** The body that makes Neutron hold this rule, exactly as it stood where it once stood there. */
export function bodyOf(groupId: string, rule: FirewallRule): { [key: string]: string | number | null } {
  const ethertype = ethertypeOf(rule);
  const native = rule.native ?? {};
  const asWritten =
    typeof native.protocol !== 'number' &&
    typeof native.protocol !== 'boolean' &&
    native.protocol !== undefined &&
    protocolOf(native.protocol, ethertype) === rule.protocol;
  return {
    security_group_id: groupId,
    direction: rule.direction,
    ethertype,
    protocol: asWritten ? (native.protocol as string | null) : saidOf(rule.protocol),
    ...rangeOf(rule),
    remote_ip_prefix: rule.peer.type === 'cidr' ? prefixOf(rule.peer.cidr, native.remote_ip_prefix) : null,
    remote_group_id: rule.peer.type === 'group' ? rule.peer.id : null,
    ...(rule.peer.type === 'prefix-list' ? { remote_address_group_id: rule.peer.id } : {}),
    ...(rule.description === null ? {} : { description: rule.description }),
  };
}

/** Neutron takes two rules for one when they differ only in id, description, or the spelling of the same thing. */
export function meaningOf(rule: FirewallRule): string {
  const { direction, protocol, peer } = rule;
  const who = peer.type === 'cidr' ? peer.cidr : peer.id;
  return canonical({ direction, protocol, ...rangeOf(rule), ethertype: ethertypeOf(rule), who });
}

/** Neutron knows no port 0, and its word for all ports is null. */
function rangeOf({ protocol, fromPort, toPort, icmpType, icmpCode }: FirewallRule) {
  if (protocol.startsWith('icmp')) return { port_range_min: icmpType, port_range_max: icmpCode };
  if ((fromPort ?? 0) <= 1 && toPort === 65_535) return { port_range_min: null, port_range_max: null };
  return { port_range_min: fromPort === 0 ? 1 : fromPort, port_range_max: toPort };
}

/** A narrowed rule carries the old one's `native`; the peer decides wherever the two differ. */
function ethertypeOf({ peer, native }: FirewallRule): 'IPv4' | 'IPv6' {
  if (peer.type === 'cidr') return peer.cidr.includes(':') ? 'IPv6' : 'IPv4';
  const said = native?.ethertype;
  if (said === 'IPv4' || said === 'IPv6') return said;
  throw new TerminalError(`the rule from ${peer.id} does not say whether it is IPv4 or IPv6`);
}

function prefixOf(cidr: string, written: unknown): string | null {
  if (written === null && (cidr === anywhere.IPv4 || cidr === anywhere.IPv6)) return null;
  if (typeof written !== 'string' || written === cidr) return cidr;
  return samePrefix(written, cidr) ? written : cidr;
}

/** `10.0.0.5/8` was written for the network 10.0.0.0/8. */
function samePrefix(written: string, network: string): boolean {
  const [address, length] = written.split('/');
  const [base, width] = network.split('/');
  if (!address || !base || length !== width || length === undefined) return false;
  const [a, b] = [bitsOf(address), bitsOf(base)];
  return a !== null && b !== null && a.slice(0, Number(length)) === b.slice(0, Number(length));
}

function bitsOf(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  return ipaddr
    .parse(address)
    .toByteArray()
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
}
