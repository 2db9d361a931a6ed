import type { Change } from '../model.ts';

/**
 * The far side of a rule. `cidrs` of a prefix list is null where the provider does not let us read it
 * (lists that AWS itself keeps): such a list is never "the world".
 */
export type Peer =
  | { type: 'cidr'; cidr: string }
  | { type: 'group'; id: string }
  | { type: 'prefix-list'; id: string; cidrs: string[] | null };

/**
 * One rule that admits traffic. `protocol` is `tcp`, `udp`, `icmp`, `icmpv6`, `all`, or an IANA protocol number
 * as text (`50`). `fromPort`/`toPort` are null for all ports and for protocols without ports; for ICMP they
 * are null too and `icmpType`/`icmpCode` speak (null = any).
 * `native`: what the provider needs to restore the rule exactly and no control looks at.
 */
export type FirewallRule = {
  id: string;
  direction: 'ingress' | 'egress';
  protocol: string;
  fromPort: number | null;
  toPort: number | null;
  icmpType: number | null;
  icmpCode: number | null;
  peer: Peer;
  description: string | null;
  tags: { [key: string]: string };
  native?: { [key: string]: string | number | boolean | null };
};

/** A security group: rules that only admit. */
export interface FirewallState {
  kind: 'firewall';
  name: string | null;
  tags: { [key: string]: string };
  /** The group that a network gives to whatever names none. */
  isDefault: boolean;
  /** What carries the group: how many interfaces, and how many with a public address. Null: not read. */
  attached: { interfaces: number; public: number } | null;
  rules: FirewallRule[];
}

const portNames: { [port: number]: string } = {
  20: 'ftp-data',
  21: 'ftp',
  22: 'ssh',
  23: 'telnet',
  25: 'smtp',
  53: 'dns',
  80: 'http',
  111: 'rpcbind',
  135: 'msrpc',
  139: 'netbios',
  389: 'ldap',
  443: 'https',
  445: 'smb',
  1433: 'mssql',
  1521: 'oracle',
  2375: 'docker',
  2379: 'etcd',
  2049: 'nfs',
  3306: 'mysql',
  3389: 'rdp',
  5432: 'postgresql',
  5601: 'kibana',
  5900: 'vnc',
  5985: 'winrm',
  6379: 'redis',
  6443: 'kubernetes',
  8080: 'http-alt',
  9200: 'elasticsearch',
  10250: 'kubelet',
  11211: 'memcached',
  27017: 'mongodb',
};

/** `tcp/22 (ssh)`, `tcp/8000-8080`, `all traffic`, `icmp`, `protocol 50`. */
export function describeTraffic(rule: Pick<FirewallRule, 'protocol' | 'fromPort' | 'toPort'>): string {
  const { protocol, fromPort, toPort } = rule;
  if (protocol === 'all') return 'all traffic';
  if (/^\d+$/.test(protocol)) return `protocol ${protocol}`;
  if (fromPort === null || toPort === null) return protocol.startsWith('icmp') ? protocol : `all ${protocol}`;
  if (fromPort !== toPort) return `${protocol}/${fromPort}-${toPort}`;
  const name = portNames[fromPort];
  return name ? `${protocol}/${fromPort} (${name})` : `${protocol}/${fromPort}`;
}

export function describePeer(peer: Peer): string {
  if (peer.type === 'cidr') return peer.cidr;
  return peer.type === 'group' ? `group ${peer.id}` : `prefix list ${peer.id}`;
}

/** One readable line: `close tcp/22 (ssh) from 0.0.0.0/0 (sgr-1)`. */
export function describeFirewallChange(change: Change): string {
  if (change.op === 'set') return `set ${change.id} to ${JSON.stringify(change.to)}`;
  const rule = change.value as unknown as FirewallRule;
  const side = rule.direction === 'egress' ? 'to' : 'from';
  const verb = change.op === 'remove' ? 'close' : 'open';
  const id = rule.id ? ` (${rule.id})` : '';
  return `${verb} ${describeTraffic(rule)} ${side} ${describePeer(rule.peer)}${id}`;
}
