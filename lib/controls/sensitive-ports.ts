import { parseTrafficList } from '../net/ports.ts';
import { commonTraffic, isNoTraffic, portsOf, type Traffic } from '../net/traffic.ts';

/** Ports that an attacker tries first, the most dangerous group first; each entry is one deny in a network ACL. */
export const sensitivePorts = {
  'remote access': ['tcp/22-23', 'tcp/3389', 'tcp/5900', 'tcp/5985-5986'],
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

/** `everything` is all traffic or all ports of TCP; then the most dangerous group that is touched, else `others`. */
export function groupOf(traffic: Traffic): PortGroup | 'everything' | 'others' {
  const [tcp] = portsOf(traffic, 'tcp');
  if (traffic.others || (tcp !== undefined && tcp[1] - tcp[0] >= 65534)) return 'everything';
  return groups.find((group) => !isNoTraffic(commonTraffic(traffic, group.traffic)))?.name ?? 'others';
}

/** ` (with tcp/22-23, tcp/3389, …)` for a range that covers well-known doors; empty where the range names itself. */
export function namesIn(
  spelled: { fromPort: number | null; toPort: number | null },
  traffic: Traffic,
): string {
  if (spelled.fromPort !== null && spelled.fromPort === spelled.toPort) return '';
  const open = (port: string) => !isNoTraffic(commonTraffic(traffic, parseTrafficList([port])));
  const found = Object.values(sensitivePorts).flat().filter(open);
  if (found.length === 0) return '';
  return ` (with ${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''})`;
}
