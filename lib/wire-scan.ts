import { lookup } from 'node:dns/promises';
import type { Control } from './controls/control.ts';
import { controls, controlsFor } from './controls/registry.ts';
import { TerminalError } from './errors.ts';
import type { AdmittingRule, EndpointState } from './kinds/endpoint.ts';
import type { ProviderName } from './model.ts';
import { contains } from './net/addresses.ts';
import { nonGlobal } from './net/special-purpose.ts';
import type { Policy } from './policy/schema.ts';
import { policyView } from './policy/view.ts';
import type { Source } from './polling.ts';
import type { AccountScope, Provider } from './ports.ts';
import type { Clients } from './providers/aws/clients.ts';
import { EndpointProvider } from './providers/host/endpoints.ts';
import type { Inventory, OwnAddress } from './providers/own-address.ts';
import { type Ours, parsePortList, resolveTargets } from './scan/hosts.ts';
import { admittingRules, targetsOf } from './scan/inventory.ts';
import { linesOf, type ScanLine } from './scan/line.ts';
import { endpointResource } from './scan/resource.ts';
import { type ScanPlan, scanHost } from './scan/scan.ts';
import { addressOf } from './scan/target.ts';

/** The part of the composition that is about our own addresses: what may be contacted, and what stands in front of it. */

export interface Clouds {
  /** What AWS is asked through beside its provider; null or left out without an AWS account. */
  aws?: Clients | null;
  guarded: AccountScope[];
  /** Clouds that push no events and must be asked. */
  sources: readonly Source[];
  /** What the accounts prove to be ours. */
  ownAddresses(): Promise<OwnAddress[]>;
  of(name: ProviderName): Provider;
}

export const noClouds: Clouds = {
  guarded: [],
  sources: [],
  ownAddresses: async () => [],
  of: (name) => {
    throw new TerminalError(`no account of ${name} is configured`);
  },
};

export interface PlanOptions {
  /** What to look at in place of the policy file's list and of the inventory. */
  targets?: readonly string[];
  ports?: readonly number[] | undefined;
  engine?: ScanPlan['engine'] | undefined;
  perSecond?: number | undefined;
}

/** Throws what the inventory or a target has against it. */
export async function planScan(
  { scan }: Policy,
  clouds: Clouds,
  { targets = [], ports, engine, perSecond }: PlanOptions = {},
): Promise<{ plan: ScanPlan; refused: Ours['refused'] }> {
  const own = (await clouds.ownAddresses()).filter(isContactable);
  const listed = [...scan.targets, ...own.flatMap(targetsOf)];
  const chosen = targets.length > 0 ? targets : [...new Set(listed)];
  const ours = await resolveTargets(chosen, listed, (name) => lookup(name, { all: true }));
  const plan: ScanPlan = {
    hosts: ours.hosts,
    ports: ports ?? parsePortList(scan.ports.scanned ?? '1-65535'),
    engine: engine ?? scan.engine,
    perSecond: perSecond ?? scan.perSecond,
    connectMs: 1500,
    timeoutMs: 3000,
    rulesOf: ({ name, address }) => rulesBefore([address, name], own, clouds),
  };
  return { plan, refused: ours.refused };
}

async function rulesBefore(
  names: readonly (string | null)[],
  own: readonly OwnAddress[],
  clouds: Clouds,
): Promise<AdmittingRule[]> {
  const firewalls = own.filter((one) => names.includes(one.address)).flatMap((one) => one.firewalls);
  const rules = firewalls.map(async (firewall) => {
    const [reading] = await clouds.of(firewall.provider).read([firewall]);
    if (reading?.status === 'error') throw reading.error;
    const state = reading?.status === 'found' ? reading.state : null;
    return state?.kind === 'firewall' ? admittingRules(firewall, state) : [];
  });
  return (await Promise.all(rules)).flat();
}

/** How long an inventory is believed: addresses come and go. */
const planForMs = 10 * 60_000;

/** Addresses as resources; the plan is made when one is asked about and none is fresh. */
export function endpointsOf(planOf: () => Promise<ScanPlan>, clouds: Clouds, nowMs: () => number) {
  let held: { plan: Promise<ScanPlan>; madeMs: number } | null = null;
  const planned = () => {
    if (held !== null && nowMs() - held.madeMs < planForMs) return held.plan;
    const plan = planOf();
    held = { plan, madeMs: nowMs() };
    // What failed is asked again, and not for ten minutes what failed.
    plan.catch(() => {
      held = null;
    });
    return plan;
  };
  return new EndpointProvider({
    hosts: async () => (await planned()).hosts,
    scan: async (host) => scanHost(host, await planned()),
    providerOf: (firewall) => clouds.of(firewall.provider),
  });
}

export function withHost(clouds: Clouds, host: Provider): Clouds {
  return { ...clouds, of: (name) => (name === 'host' ? host : clouds.of(name)) };
}

/** A private address is another one wherever the scanner runs: it must be listed by a person. */
function isContactable({ address }: OwnAddress): boolean {
  return addressOf(address) === null || !contains(nonGlobal, address);
}

/** What every cloud lists as ours. One that does not answer is an error: what is not known to be ours is not contacted. */
export async function ownAddressesOf(
  clouds: readonly { provider: Inventory; guarded: readonly AccountScope[] }[],
): Promise<OwnAddress[]> {
  const lists = clouds.flatMap(({ provider, guarded }) =>
    guarded.flatMap(({ account, regions }) => regions.map((region) => listed(provider, account, region))),
  );
  return (await Promise.all(lists)).flat();
}

async function listed(provider: Inventory, account: string, region: string): Promise<OwnAddress[]> {
  const found: OwnAddress[] = [];
  for await (const one of provider.addresses(account, region)) found.push(one);
  return found;
}

/** What the policy file says about an address of ours, for a scan that opens no case. */
export function linesAsAsked(policy: Policy, now: () => Date): (state: EndpointState) => ScanLine[] {
  const view = policyView(policy, controls);
  const trigger = { eventId: 'scan', at: null, actor: null, name: 'scan' };
  /** Neither off nor exempt. */
  const isWanted = (control: Control, state: EndpointState): boolean => {
    const about = { resource: endpointResource(state), state, now: now() };
    const { inEffect } = view.exemptionsFor(control, { ...about, stored: [] });
    return inEffect.length === 0 && view.modeFor(control, { ...about, severity: 'low' }) !== 'off';
  };
  return (state) => {
    const wanted = controlsFor('endpoint').filter((control) => isWanted(control, state));
    const about = { resource: endpointResource(state), state, trigger, now: now() };
    return linesOf(state, wanted, (control) => view.settingsFor(control, about));
  };
}
