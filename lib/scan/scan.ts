import { pMapIterable } from 'p-map';
import type { AdmittingRule, EndpointState } from '../kinds/endpoint.ts';
import { lookAtEndpoint } from './endpoint.ts';
import type { Host } from './hosts.ts';
import type { PinOf } from './http/redirects.ts';
import { nmapServices } from './nmap.ts';
import { groupsOf, type OpenHost, openPorts, type TriedPorts } from './open-ports.ts';

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
  rulesOf(host: Host): Promise<AdmittingRule[]>;
  portMemory?: PortMemory;
}

export interface ScanProgress {
  done: number;
  total: number;
}

/** Remembers which ports of an address were tried, so that a scan that is broken off goes on within it. */
export interface PortMemory {
  before(host: Host): Promise<TriedPorts>;
  keep(host: Host, tried: TriedPorts): Promise<void>;
}

const groupsAtOnce = 8;
const hostsAtOnce = 8;

/** Looks at every host, or at some of them, several at once, and answers each as it is done. */
export async function* scan(
  plan: ScanPlan,
  onProgress: (progress: ScanProgress) => void = () => {},
  hosts: readonly Host[] = plan.hosts,
): AsyncGenerator<EndpointState> {
  const total = hosts.reduce((sum, host) => sum + (host.ports ?? plan.ports).length, 0);
  let done = 0;
  const onDone = (ports: number) => {
    done += ports;
    onProgress({ done, total });
  };
  onProgress({ done, total });
  const groups = pMapIterable(groupsOf({ ...plan, hosts }), (group) => openPorts(group, plan, onDone), {
    concurrency: groupsAtOnce,
  });
  const pins = pinOf(plan.hosts);
  yield* pMapIterable(each(groups), (one) => look(one, plan, pins), { concurrency: hostsAtOnce });
}

async function* each<T>(lists: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const list of lists) yield* list;
}

export async function scanHost(host: Host, plan: ScanPlan): Promise<EndpointState> {
  const [found] = await openPorts({ hosts: [host], ports: host.ports ?? plan.ports }, plan, () => {});
  return look(found ?? { host, open: [] }, plan, pinOf(plan.hosts));
}

async function look({ host, open }: OpenHost, plan: ScanPlan, pins: PinOf): Promise<EndpointState> {
  const state = await lookAtEndpoint(host, open, await plan.rulesOf(host), {
    timeoutMs: plan.timeoutMs,
    greetingMs: 800,
    tlsTotalMs: 30_000,
    width: 16,
    pinOf: pins,
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

/** A redirect may only lead to what is scanned itself, at the address it was pinned to. */
function pinOf(hosts: readonly Host[]): PinOf {
  const pins = new Map<string, string>();
  for (const { name, address } of hosts) {
    pins.set(address, address);
    if (name !== null && !pins.has(name)) pins.set(name, address);
  }
  return (host) => pins.get(host.toLowerCase()) ?? null;
}
