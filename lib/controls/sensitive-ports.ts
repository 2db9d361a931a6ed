import type { FirewallRule } from '../kinds/firewall.ts';
import { parseTrafficList } from '../net/ports.ts';
import { commonTraffic, isNoTraffic, portsOf, type Traffic } from '../net/traffic.ts';

/** Ports that an attacker tries first, the most dangerous group first; each entry is one deny in a network ACL. */
export const sensitivePorts = {
  'remote access': ['tcp/22', 'tcp/23', 'tcp/3389', 'tcp/5900', 'tcp/5985-5986'],
  databases: [
    'tcp/3306',
    'tcp/5432',
    'tcp/1433',
    'tcp/1521',
    'tcp/27017',
    'tcp/6379',
    'tcp/9200',
    'tcp/11211',
  ],
  'control planes': ['tcp/2375', 'tcp/2379', 'tcp/6443', 'tcp/10250'],
  'file shares': ['tcp/445', 'tcp/2049', 'tcp/139', 'tcp/111'],
} as const;
export type PortGroup = keyof typeof sensitivePorts;

const groups = (Object.keys(sensitivePorts) as PortGroup[]).map((name) => ({
  name,
  traffic: parseTrafficList(sensitivePorts[name]),
}));

/** `everything` is all traffic or most ports of TCP or UDP; then the most dangerous group that is touched, else `others`. */
export function groupOf(traffic: Traffic): PortGroup | 'everything' | 'others' {
  if (traffic.others || mostPorts(traffic, 'tcp') || mostPorts(traffic, 'udp')) return 'everything';
  return groups.find((group) => !isNoTraffic(commonTraffic(traffic, group.traffic)))?.name ?? 'others';
}

function mostPorts(traffic: Traffic, protocol: string): boolean {
  return portsOf(traffic, protocol).reduce((sum, [first, last]) => sum + last - first + 1, 0) > 32768;
}

/** ` (with tcp/22, tcp/23, tcp/3389, …)` for a range that covers well-known doors; empty where the rule says it itself. */
export function namesIn(
  rule: Pick<FirewallRule, 'protocol' | 'fromPort' | 'toPort'>,
  traffic: Traffic,
): string {
  if (rule.protocol === 'all' || (rule.fromPort !== null && rule.fromPort === rule.toPort)) return '';
  const open = (port: string) => !isNoTraffic(commonTraffic(traffic, parseTrafficList([port])));
  const found = Object.values(sensitivePorts).flat().filter(open);
  if (found.length === 0) return '';
  return ` (with ${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''})`;
}
