import type { Family } from '../net/addresses.ts';
import { type PortRange, portsOf, type Traffic } from '../net/traffic.ts';

interface Spelled {
  protocol: string;
  fromPort: number | null;
  toPort: number | null;
  icmpType: null;
  icmpCode: null;
}

/**
 * Rules can say "all protocols" but not "all protocols except one port of TCP": that is spelled as the protocols
 * that hosts use, the tunnels (GRE, ESP, AH) included.
 */
const used = ['tcp', 'udp', 'icmp', 'icmpv6', '47', '50', '51'];
const withPorts = ['tcp', 'udp'];

/** The fewest protocol and port entries that say this traffic towards peers of these families. */
export function spellTraffic(traffic: Traffic, families: readonly Family[]): Spelled[] {
  if (traffic.others && traffic.named.size === 0) return [spelled('all', null)];
  const protocols = traffic.others ? new Set([...used, ...traffic.named.keys()]) : traffic.named.keys();
  return [...protocols]
    .filter((protocol) => protocol !== 'icmp' || families.includes('v4'))
    .filter((protocol) => protocol !== 'icmpv6' || families.includes('v6'))
    .flatMap((protocol) => portsOf(traffic, protocol).map((range) => spelled(protocol, range)));
}

function spelled(protocol: string, range: PortRange | null): Spelled {
  const every = range === null || (range[0] === 0 && range[1] === 65535 && !withPorts.includes(protocol));
  const [fromPort, toPort] = every ? [null, null] : range;
  return { protocol, fromPort, toPort, icmpType: null, icmpCode: null };
}
