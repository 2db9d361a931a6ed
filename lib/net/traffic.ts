/**
 * Which ports of which protocols: `tcp`, `udp`, `icmp`, `icmpv6` or a protocol number as text. Protocols without
 * ports hold the whole range. `others` is every protocol that is not named.
 */
export interface Traffic {
  readonly named: ReadonlyMap<string, readonly PortRange[]>;
  readonly others: boolean;
}

export type PortRange = readonly [first: number, last: number];
export const allPorts: PortRange = [0, 65535];

export const noTraffic: Traffic = { named: new Map(), others: false };
export const everyTraffic: Traffic = { named: new Map(), others: true };

interface Spelled {
  protocol: string;
  fromPort: number | null;
  toPort: number | null;
}

const protocolNames: { [number: string]: string } = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

export function protocolOf(text: string): string {
  return protocolNames[text] ?? text;
}

/** What a rule's protocol and ports mean. Open ends are the end of the range; ICMP types are no ports. */
export function trafficOf({ protocol, fromPort, toPort }: Spelled): Traffic {
  if (protocol === 'all') return everyTraffic;
  const name = protocolOf(protocol);
  const first = name.startsWith('icmp') || fromPort === null || fromPort < 0 ? 0 : fromPort;
  const last = name.startsWith('icmp') || toPort === null || toPort < 0 ? 65535 : Math.min(toPort, 65535);
  return { named: new Map(first <= last ? [[name, [[first, last]]]] : []), others: false };
}

export function portsOf(traffic: Traffic, protocol: string): readonly PortRange[] {
  return traffic.named.get(protocol) ?? (traffic.others ? [allPorts] : []);
}

export function isNoTraffic(traffic: Traffic): boolean {
  return !traffic.others && traffic.named.size === 0;
}

export function covers(traffic: Traffic, protocol: string, port: number): boolean {
  return portsOf(traffic, protocol).some(([first, last]) => first <= port && port <= last);
}

export function joinTraffic(list: readonly Traffic[]): Traffic {
  return list.reduce((a, b) => combine(a, b, mergePorts, a.others || b.others), noTraffic);
}

export function withoutTraffic(from: Traffic, taken: Traffic): Traffic {
  return combine(from, taken, subtractPorts, from.others && !taken.others);
}

export function commonTraffic(a: Traffic, b: Traffic): Traffic {
  return withoutTraffic(a, withoutTraffic(a, b));
}

function combine(
  a: Traffic,
  b: Traffic,
  each: (a: readonly PortRange[], b: readonly PortRange[]) => PortRange[],
  others: boolean,
): Traffic {
  const named = new Map<string, PortRange[]>();
  for (const protocol of new Set([...a.named.keys(), ...b.named.keys()])) {
    const ports = each(portsOf(a, protocol), portsOf(b, protocol));
    // An empty list among others is kept: it says that this one protocol is not there.
    if (ports.length > 0 || others) named.set(protocol, ports);
  }
  return { named, others };
}

export function mergePorts(a: readonly PortRange[], b: readonly PortRange[]): PortRange[] {
  const out: PortRange[] = [];
  for (const [first, last] of [...a, ...b].sort((x, y) => x[0] - y[0])) {
    const before = out.at(-1);
    if (before === undefined || first > before[1] + 1) out.push([first, last]);
    else out[out.length - 1] = [before[0], Math.max(before[1], last)];
  }
  return out;
}

export function subtractPorts(from: readonly PortRange[], taken: readonly PortRange[]): PortRange[] {
  return taken.reduce<PortRange[]>(
    (left, [cutFirst, cutLast]) =>
      left.flatMap(([first, last]): PortRange[] => {
        const before: PortRange = [first, Math.min(last, cutFirst - 1)];
        const behind: PortRange = [Math.max(first, cutLast + 1), last];
        return [before, behind].filter(([from, to]) => from <= to);
      }),
    [...from],
  );
}
