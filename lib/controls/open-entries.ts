import type { AclEntry, NetworkAclState } from '../kinds/network-acl.ts';
import { type AddressSet, addressSet, noAddresses, subtract, union } from '../net/addresses.ts';
import { type Limits, type Opening, type TooWide, tooWide } from '../net/openings.ts';
import { publicPart } from '../net/special-purpose.ts';
import { covers, type PortRange, portsOf, type Traffic, trafficOf } from '../net/traffic.ts';

/** Which entries of a network ACL admit too many: the lowest number that matches a packet decides on it. */

export function inOrder(state: NetworkAclState): AclEntry[] {
  return state.entries.filter((entry) => entry.direction === 'ingress').sort((a, b) => a.number - b.number);
}

interface OpenEntry extends Opening {
  entry: AclEntry;
}

/** The entries that open any port of `traffic` to more than the limits, each with the public part it admits there. */
export function tooWideOn(
  traffic: Traffic,
  entries: readonly AclEntry[],
  { limits, trusted }: { limits: Limits; trusted: AddressSet },
): TooWide<OpenEntry>[] {
  const found = new Map<AclEntry, TooWide<OpenEntry>>();
  for (const [protocol, ranges] of traffic.named) {
    for (const port of decisivePorts(ranges, protocol, entries)) {
      const open = openOn({ protocol, port, traffic }, entries, trusted);
      for (const one of tooWide(open, limits)) {
        if (!found.has(one.opening.entry)) found.set(one.opening.entry, one);
      }
    }
  }
  return [...found.values()];
}

function openOn(
  { protocol, port, traffic }: { protocol: string; port: number; traffic: Traffic },
  entries: readonly AclEntry[],
  trusted: AddressSet,
): OpenEntry[] {
  const open: OpenEntry[] = [];
  let decided = noAddresses;
  for (const entry of entries) {
    // A denied ICMP type leaves the other types to the later entries.
    if (entry.action === 'deny' && entry.icmpType !== null) continue;
    if (!covers(trafficOf(entry), protocol, port)) continue;
    const own = subtract(addressSet([entry.cidr]), decided);
    decided = union(decided, own);
    if (entry.action === 'deny') continue;
    open.push({ id: entry.id, entry, traffic, addresses: publicPart(own, trusted) });
  }
  return open;
}

/** One port out of every stretch of these ranges on which the entries decide alike. */
function decisivePorts(
  ranges: readonly PortRange[],
  protocol: string,
  entries: readonly AclEntry[],
): number[] {
  const edges = entries
    .flatMap((e) => portsOf(trafficOf(e), protocol))
    .flatMap(([first, last]) => [first, last + 1]);
  return ranges.flatMap(([first, last]) => [first, ...edges.filter((port) => port > first && port <= last)]);
}
