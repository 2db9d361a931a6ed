import { BlockList, isIPv6 } from 'node:net';
import type { FirewallRule, FirewallState } from '../lib/kinds/firewall.ts';
import type { AclEntry, NetworkAclState } from '../lib/kinds/network-acl.ts';
import type { State } from '../lib/kinds.ts';

/**
 * The oracle: would this one packet pass? Written apart from lib/net, on node's own block lists, so that both
 * cannot be wrong in the same way.
 */
export interface Packet {
  direction: 'ingress' | 'egress';
  protocol: string;
  port: number;
  address: string;
}

/** Who may pass, for the kinds that let packets pass. */
export const passes: { [K in State['kind']]?: (state: State, packet: Packet) => boolean } = {
  firewall: (state, packet) =>
    (state as FirewallState).rules.some((rule) => matches(rule, cidrsOf(rule), packet)),
  'network-acl': (state, packet) => {
    const entries = (state as NetworkAclState).entries.toSorted((a, b) => a.number - b.number);
    return entries.find((entry) => matches(entry, [entry.cidr], packet))?.action === 'allow';
  },
};

function cidrsOf({ peer }: FirewallRule): string[] {
  if (peer.type === 'cidr') return [peer.cidr];
  return peer.type === 'prefix-list' ? (peer.cidrs ?? []) : [];
}

function matches(rule: FirewallRule | AclEntry, cidrs: readonly string[], packet: Packet): boolean {
  if (rule.direction !== packet.direction) return false;
  if (rule.protocol !== 'all' && rule.protocol !== packet.protocol) return false;
  const ported = rule.protocol === 'tcp' || rule.protocol === 'udp';
  if (ported && (packet.port < (rule.fromPort ?? 0) || packet.port > (rule.toPort ?? 65535))) return false;
  return cidrs.some((cidr) => isIn(cidr, packet.address));
}

const lists = new Map<string, BlockList>();

export function isIn(cidr: string, address: string): boolean {
  const family = (text: string) => (isIPv6(text) ? 'ipv6' : 'ipv4');
  const [host = '', prefix = ''] = cidr.split('/');
  if (family(host) !== family(address)) return false;
  let list = lists.get(cidr);
  if (!list) {
    list = new BlockList();
    list.addSubnet(host, Number(prefix), family(host));
    lists.set(cidr, list);
  }
  return list.check(address, family(address));
}

const addresses = [
  ...['1.1.1.1', '8.8.8.8', '10.1.2.3', '52.94.0.7', '100.64.0.1', '127.255.255.255', '128.0.0.0'],
  ...['172.16.0.1', '192.168.1.1', '198.51.100.9', '203.0.113.1', '223.255.255.255'],
  ...['2001:db8::1', '2a00:1450::1', '2600::1', 'fd00::1', '3fff:1000::1'],
];
const ports = [0, 21, 22, 23, 25, 26, 79, 80, 81, 443, 444, 1433, 3306, 3389, 5432, 8080, 8443, 27017, 65535];

/** Packets around everything that rules are likely to speak about. */
export const samplePackets: Packet[] = (['ingress', 'egress'] as const).flatMap((direction) =>
  addresses.flatMap((address) => [
    ...['icmp', 'icmpv6', '47', '50', '132'].map((protocol) => ({ direction, protocol, port: 0, address })),
    ...['tcp', 'udp'].flatMap((protocol) => ports.map((port) => ({ direction, protocol, port, address }))),
  ]),
);
