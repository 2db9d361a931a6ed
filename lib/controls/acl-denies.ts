import type { AclEntry } from '../kinds/network-acl.ts';
import {
  type AddressSet,
  addressSet,
  intersect,
  isEmpty,
  noAddresses,
  subtract,
  toCidrs,
} from '../net/addresses.ts';
import {
  commonTraffic,
  isNoTraffic,
  portsOf,
  type Traffic,
  trafficOf,
  withoutTraffic,
} from '../net/traffic.ts';

/** New entries in front of an open one: what stays admitted from trusted places, then the denies. */
export interface Denial {
  open: AclEntry;
  denied: Traffic;
}

export interface Placed {
  keeps: AclEntry[];
  denies: Map<Denial, AclEntry[]>;
}

/**
 * Numbers for all of these denials, or null where no number is free in front of an open entry. A new entry
 * never passes an earlier one that says the opposite about the same packets: that one was meant to come first.
 */
export function place(
  denials: readonly Denial[],
  entries: readonly AclEntry[],
  kept: AddressSet,
): Placed | null {
  const used = new Set(entries.map((entry) => entry.number));
  const placed: Placed = { keeps: [], denies: new Map() };
  for (const open of new Set(denials.map((denial) => denial.open))) {
    let lowest = open.number;
    const take = (entry: AclEntry): AclEntry | null => {
      const number = freeNumber(open, entry.action, lowest, entries, used);
      if (number === null) return null;
      used.add(number);
      lowest = number;
      return { ...entry, number, id: `${entry.direction}-${number}` };
    };
    for (const denial of denials.filter((one) => one.open === open)) {
      const denies = denyEntries(denial).map(take);
      if (denies.includes(null)) return null;
      placed.denies.set(denial, denies as AclEntry[]);
    }
    // The keeps stand in front of the denies, so they are numbered last.
    const keeps = keepEntries(open, entries, kept).map(take);
    if (keeps.includes(null)) return null;
    placed.keeps.push(...(keeps as AclEntry[]));
  }
  return placed;
}

/** The next one downwards from `below`. */
function freeNumber(
  open: AclEntry,
  action: AclEntry['action'],
  below: number,
  entries: readonly AclEntry[],
  used: ReadonlySet<number>,
): number | null {
  const opposite = entries.filter(
    (entry) => entry.number < open.number && entry.action !== action && overlap(entry, open),
  );
  const floor = Math.max(0, ...opposite.map((entry) => entry.number));
  for (let number = below - 1; number > floor; number--) if (!used.has(number)) return number;
  return null;
}

function overlap(a: AclEntry, b: AclEntry): boolean {
  if (isNoTraffic(commonTraffic(trafficOf(a), trafficOf(b)))) return false;
  return !isEmpty(intersect(addressSet([a.cidr]), addressSet([b.cidr])));
}

function denyEntries({ open, denied }: Denial): AclEntry[] {
  const traffic = commonTraffic(denied, trafficOf(open));
  return [...traffic.named.keys()].flatMap((protocol) =>
    portsOf(traffic, protocol).map(([first, last]): AclEntry => {
      const ports = protocol === 'tcp' || protocol === 'udp' ? { fromPort: first, toPort: last } : noPorts;
      return { ...open, action: 'deny', protocol, ...ports, icmpType: null, icmpCode: null };
    }),
  );
}

const noPorts = { fromPort: null, toPort: null };

/** What the open entry admits from trusted and private networks, unless an earlier entry admits all of it already. */
function keepEntries(open: AclEntry, entries: readonly AclEntry[], kept: AddressSet): AclEntry[] {
  const earlier = entries
    .filter((entry) => entry.number < open.number && entry.action === 'allow' && entry.icmpType === null)
    .filter((entry) => isNoTraffic(withoutTraffic(trafficOf(open), trafficOf(entry))));
  const known = earlier.length > 0 ? addressSet(earlier.map((entry) => entry.cidr)) : noAddresses;
  const cidrs = toCidrs(subtract(intersect(addressSet([open.cidr]), kept), known));
  return cidrs.map((cidr) => ({ ...open, cidr }));
}
