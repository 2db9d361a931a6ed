import { pMapIterable } from 'p-map';
import type { AdmittingRule, EndpointState } from '../kinds/endpoint.ts';
import { addressSet, contains } from '../net/addresses.ts';
import { connectScan } from './connect-scan.ts';
import { lookAtEndpoint } from './endpoint.ts';
import type { Host } from './hosts.ts';
import type { PinOf } from './http/redirects.ts';
import { nmapPorts, nmapServices } from './nmap.ts';

export interface ScanPlan {
  hosts: readonly Host[];
  ports: readonly number[];
  engine: 'auto' | 'nmap' | 'connect';
  perSecond: number;
  /** For one connection to come about. */
  connectMs: number;
  /** For one question to one port. */
  timeoutMs: number;
  /** The firewall rules that let the world reach an address, where an inventory knows them. */
  rulesOf(address: string): Promise<AdmittingRule[]>;
}

export interface ScanProgress {
  done: number;
  total: number;
}

const loopback = addressSet(['127.0.0.0/8', '::1/128']);
const hostsAtOnce = 8;

/** Looks at every host, several at once, and answers each as it is done. */
export async function* scan(
  plan: ScanPlan,
  onProgress: (progress: ScanProgress) => void = () => {},
): AsyncGenerator<EndpointState> {
  const total = plan.hosts.reduce((sum, host) => sum + (host.ports ?? plan.ports).length, 0);
  let done = 0;
  const onDone = (ports: number) => {
    done += ports;
    onProgress({ done, total });
  };
  onProgress({ done, total });
  yield* pMapIterable(plan.hosts, (host) => scanHost(host, plan, onDone), { concurrency: hostsAtOnce });
}

export async function scanHost(
  host: Host,
  plan: ScanPlan,
  onDone: (ports: number) => void = () => {},
): Promise<EndpointState> {
  const ports = host.ports ?? plan.ports;
  const open = await openPorts(host, ports, plan, onDone);
  const state = await lookAtEndpoint(host, open, await plan.rulesOf(host.address), {
    timeoutMs: plan.timeoutMs,
    greetingMs: 800,
    tlsTotalMs: 30_000,
    width: 16,
    pinOf: pinOf(plan.hosts),
  });
  if (plan.engine !== 'connect') await nameUnknown(host, state, plan.engine);
  return state;
}

/** nmap waits long for a port that says nothing at all: that is done only where nmap was asked for by name. */
async function nameUnknown(host: Host, state: EndpointState, engine: 'auto' | 'nmap'): Promise<void> {
  const unknown = state.ports.filter(
    (one) => one.service === 'unknown' && (engine === 'nmap' || one.banner !== null),
  );
  if (unknown.length === 0) return;
  const named = await nmapServices(
    host,
    unknown.map((one) => one.port),
  );
  for (const one of unknown) one.service = named?.get(one.port) ?? one.service;
}

async function openPorts(
  host: Host,
  ports: readonly number[],
  plan: ScanPlan,
  onDone: (ports: number) => void,
): Promise<number[]> {
  // nmap is worth its start only where there is much to try.
  if (plan.engine === 'nmap' || (plan.engine === 'auto' && ports.length > 100)) {
    const found = await nmapPorts(host, ports, plan);
    if (found !== null) {
      onDone(ports.length);
      return found;
    }
  }
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

/** A redirect may only lead to what is scanned itself, at the address it was pinned to. */
function pinOf(hosts: readonly Host[]): PinOf {
  const pins = new Map<string, string>();
  for (const { name, address } of hosts) {
    pins.set(address, address);
    if (name !== null && !pins.has(name)) pins.set(name, address);
  }
  return (host) => pins.get(host.toLowerCase()) ?? null;
}
