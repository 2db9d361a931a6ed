import pMap from 'p-map';
import { addressSet, contains } from '../net/addresses.ts';
import { connectScan } from './connect-scan.ts';
import type { Host } from './hosts.ts';
import { nmapPorts } from './nmap.ts';
import type { ScanPlan } from './scan.ts';

/** Which ports of our addresses accept a connection, found by nmap where that is worth its start, or by connecting. */

export interface OpenHost {
  host: Host;
  open: number[];
}

/** How far the ports of an address were tried, in the order of the plan. */
export interface TriedPorts {
  tried: number;
  open: readonly number[];
}

/** Hosts that are asked for the same ports: nmap looks at many at once faster than one after the other. */
export interface HostGroup {
  hosts: readonly Host[];
  ports: readonly number[];
}

const loopback = addressSet(['127.0.0.0/8', '::1/128']);
/** One run of nmap has one rate; what may be asked at any rate is asked together. */
const hostsPerRun = 64;
/** What a scan that is broken off repeats at most. */
const portsPerStep = 8192;

/** Hosts of one family that are asked for one list of ports and at no certain rate stand together; all others alone. */
export function groupsOf(plan: Pick<ScanPlan, 'hosts' | 'ports' | 'engine'>): HostGroup[] {
  const isTogether = (host: Host) => !host.isGlobal && usesNmap(plan.engine, host.ports ?? plan.ports);
  const alike = Map.groupBy(plan.hosts, (host) =>
    isTogether(host) ? `${host.family} ${host.ports?.join() ?? ''}` : null,
  );
  return [...alike].flatMap(([key, list]) => {
    const size = key === null ? 1 : hostsPerRun;
    return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => {
      const hosts = list.slice(at * size, (at + 1) * size);
      return { hosts, ports: hosts[0]?.ports ?? plan.ports };
    });
  });
}

/** nmap is worth its start only where there is much to try. */
function usesNmap(engine: ScanPlan['engine'], ports: readonly number[]): boolean {
  return engine === 'nmap' || (engine === 'auto' && ports.length > 100);
}

/** Tries the ports of a group step by step, so that what was tried can be kept. */
export async function openPorts(
  { hosts, ports }: HostGroup,
  plan: ScanPlan,
  onDone: (ports: number) => void,
): Promise<OpenHost[]> {
  const before = await Promise.all(
    hosts.map((host) => plan.portMemory?.before(host) ?? { tried: 0, open: [] }),
  );
  const found = hosts.map((host, at) => ({ host, open: [...(before[at]?.open ?? [])] }));
  const tried = Math.min(...before.map((one) => one.tried));
  if (tried > 0) onDone(tried * hosts.length);
  for (let from = tried; from < ports.length; from += portsPerStep) {
    const step = ports.slice(from, from + portsPerStep);
    const open = await tryStep(hosts, step, plan, onDone);
    for (const [at, one] of found.entries()) {
      one.open = [...new Set([...one.open, ...(open[at] ?? [])])].sort((a, b) => a - b);
      await plan.portMemory?.keep(one.host, { tried: from + step.length, open: one.open });
    }
  }
  return found;
}

async function tryStep(
  hosts: readonly Host[],
  ports: readonly number[],
  plan: ScanPlan,
  onDone: (ports: number) => void,
): Promise<number[][]> {
  if (usesNmap(plan.engine, ports)) {
    const found = await nmapPorts(hosts, ports, plan);
    if (found !== null) {
      onDone(ports.length * hosts.length);
      return found;
    }
  }
  // No nmap here after all: one after the other, since other groups are under way beside this one.
  return pMap(hosts, (host) => tryByConnecting(host, ports, plan, onDone), { concurrency: 1 });
}

function tryByConnecting(
  host: Host,
  ports: readonly number[],
  plan: ScanPlan,
  onDone: (ports: number) => void,
): Promise<number[]> {
  const isOwnMachine = contains(loopback, host.address);
  return connectScan({
    address: host.address,
    ports,
    timeoutMs: plan.connectMs,
    tries: 2,
    width: isOwnMachine ? 512 : 1500,
    perSecond: isOwnMachine ? Number.POSITIVE_INFINITY : plan.perSecond,
    onDone,
  });
}
