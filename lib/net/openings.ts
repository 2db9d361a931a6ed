import { type AddressSet, families, sizeOf, union } from './addresses.ts';
import { allPorts, type PortRange, portsOf, type Traffic } from './traffic.ts';

/** Something that lets traffic through; `addresses` is only the public part of who may send it. */
export interface Opening {
  readonly id: string;
  readonly traffic: Traffic;
  readonly addresses: AddressSet;
}

/** More addresses than this are too many. */
export interface Limits {
  readonly v4: bigint;
  readonly v6: bigint;
}

/**
 * Above this an opening cut into small entries is the world in pieces, not a list of partners. For IPv6 the same
 * 256 times the default limit: a /24.
 */
const splitWorld: Limits = { v4: 1n << 24n, v6: 1n << 104n };

export interface TooWide<O extends Opening> {
  opening: O;
  /** Null when the opening is too wide by itself, else how many addresses all of them admit together. */
  together: { size: bigint; family: 'v4' | 'v6'; splitWorld: boolean } | null;
}

/**
 * Which openings must go so that no port is open to more addresses than the limits. What is too wide by itself
 * goes; where only all the others together are, the largest of them go first until they are not.
 */
export function tooWide<O extends Opening>(openings: readonly O[], limits: Limits): TooWide<O>[] {
  const alone = openings.filter((o) => families.some((f) => sizeOf(o.addresses[f]) > limits[f]));
  const rest = openings.filter((o) => !alone.includes(o));
  return [...alone.map((opening) => ({ opening, together: null })), ...tooWideTogether(rest, limits)];
}

function tooWideTogether<O extends Opening>(openings: readonly O[], limits: Limits): TooWide<O>[] {
  const groups = families.flatMap((family) =>
    openTogether(openings.filter((o) => o.addresses[family].length > 0))
      .map((group) => ({ family, group, size: unionSize(group, family, limits) }))
      .filter(({ size }) => size > limits[family]),
  );
  // A split world first: what goes there needs no question on another port.
  groups.sort((a, b) => compare(ratio(b), ratio(a)));

  const gone = new Map<O, TooWide<O>>();
  for (const { family, group, size } of groups) {
    const left = group.filter((o) => !gone.has(o)).sort((a, b) => byLargest(a, b, family));
    const together = { size, family, splitWorld: size > splitWorld[family] };
    while (unionSize(left, family, limits) > limits[family]) {
      const opening = left.shift() as O;
      gone.set(opening, { opening, together });
    }
  }
  return openings.flatMap((o) => gone.get(o) ?? []);
}

function ratio({ size, family }: { size: bigint; family: 'v4' | 'v6' }): bigint {
  return (size << 128n) / splitWorld[family];
}

function byLargest(a: Opening, b: Opening, family: 'v4' | 'v6'): number {
  // By id where equal, so that the plan does not depend on the order of the provider's answer.
  return compare(sizeOf(b.addresses[family]), sizeOf(a.addresses[family])) || compare(a.id, b.id);
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unionSize(openings: readonly Opening[], family: 'v4' | 'v6', limits: Limits): bigint {
  const most = openings.reduce((sum, o) => sum + sizeOf(o.addresses[family]), 0n);
  if (most <= limits[family]) return most;
  return sizeOf(union(...openings.map((o) => o.addresses))[family]);
}

/** The distinct groups of two or more openings that are open on one and the same port. */
function openTogether<O extends Opening>(openings: readonly O[]): O[][] {
  const groups = new Map<string, O[]>();
  const protocols = new Set(openings.flatMap((o) => [...o.traffic.named.keys()]));
  for (const protocol of [...protocols, 'any other protocol']) {
    const held = openings.map((opening) => ({ opening, ports: portsOf(opening.traffic, protocol) }));
    for (const port of firstPorts(held.flatMap((one) => one.ports))) {
      const group = held.filter(({ ports }) => ports.some(([first, last]) => first <= port && port <= last));
      if (group.length < 2) continue;
      groups.set(
        group.map(({ opening }) => openings.indexOf(opening)).join(),
        group.map((one) => one.opening),
      );
    }
  }
  return [...groups.values()];
}

/** One port out of every stretch in which nothing changes. */
function firstPorts(ranges: readonly PortRange[]): Set<number> {
  return new Set(ranges.flatMap(([first, last]) => [first, last + 1]).filter((port) => port <= allPorts[1]));
}
