import type { LookupAddress } from 'node:dns';
import { messageOf, TerminalError } from '../errors.ts';
import { type AddressSet, addressSet, contains } from '../net/addresses.ts';
import { nonGlobal } from '../net/special-purpose.ts';
import { addressesOf, addressOf, parseTarget, type Target } from './target.ts';

/** One address that may be contacted. The name was resolved once and stays with this address for the whole scan. */
export interface Host {
  address: string;
  family: 4 | 6;
  /** The name it was listed under: sent in TLS and HTTP. */
  name: string | null;
  /** Null: every port that the scan looks at. */
  ports: number[] | null;
  isGlobal: boolean;
}

export type Lookup = (name: string) => Promise<LookupAddress[]>;

export interface Ours {
  hosts: Host[];
  /** What was listed and is not contacted, and why. */
  refused: { target: string; why: string }[];
}

/**
 * Only what is listed (or proven by the inventory) is ever contacted. A name may not lead to loopback, link-local,
 * metadata or private addresses unless these are listed themselves: whoever owns the name's DNS zone would otherwise
 * aim the scanner at our inside.
 */
export async function resolveTargets(
  texts: readonly string[],
  listed: readonly string[],
  lookup: Lookup,
): Promise<Ours> {
  const targets = texts.map(parseTarget);
  const allowed = listedAddresses([...targets, ...listed.map(parseTarget)]);
  const ours: Ours = { hosts: [], refused: [] };
  const byKey = new Map<string, Host>();
  for (const target of targets) {
    for (const found of await hostsOf(target, allowed, lookup, ours.refused)) {
      const key = `${found.address} ${found.name ?? ''}`;
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, found);
      else
        known.ports = known.ports === null || found.ports === null ? null : [...known.ports, ...found.ports];
    }
  }
  ours.hosts = [...byKey.values()];
  return ours;
}

function listedAddresses(targets: readonly Target[]): AddressSet {
  return addressSet(
    targets.flatMap((one) =>
      one.type === 'address' ? [one.address] : one.type === 'block' ? [one.cidr] : [],
    ),
  );
}

async function hostsOf(
  target: Target,
  allowed: AddressSet,
  lookup: Lookup,
  refused: Ours['refused'],
): Promise<Host[]> {
  const ports = target.port === null ? null : [target.port];
  if (target.type === 'address') return [hostAt(target.address, null, ports)];
  if (target.type === 'block') return addressesOf(target.cidr).map((address) => hostAt(address, null, ports));
  const refuse = (why: string): Host[] => {
    refused.push({ target: target.text, why });
    return [];
  };
  const found = await resolve(target.name, lookup);
  if (typeof found === 'string') return refuse(found);
  // https://www.rfc-editor.org/rfc/rfc6761#section-6.3: whoever lists this name lists loopback.
  const isLocalhost = target.name === 'localhost' || target.name.endsWith('.localhost');
  return found.flatMap((address) => {
    const isInside = contains(nonGlobal, address) && !contains(allowed, address);
    if (!isInside || (isLocalhost && contains(loopback, address)))
      return [hostAt(address, target.name, ports)];
    return refuse(`${target.name} leads to ${address}, which is not a public address and not listed itself`);
  });
}

const loopback = addressSet(['127.0.0.0/8', '::1/128']);

async function resolve(name: string, lookup: Lookup): Promise<string[] | string> {
  try {
    const answers = await lookup(name);
    const addresses = answers.flatMap((one) => addressOf(one.address) ?? []);
    return addresses.length > 0 ? [...new Set(addresses)] : `${name} has no address`;
  } catch (error) {
    return `${name} cannot be resolved: ${messageOf(error)}`;
  }
}

function hostAt(address: string, name: string | null, ports: number[] | null): Host {
  const isGlobal = !contains(nonGlobal, address);
  return { address, family: address.includes(':') ? 6 : 4, name, ports, isGlobal };
}

/** `1-1024,8080`: sorted, each once. Throws TerminalError. */
export function parsePortList(text: string): number[] {
  const ports = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first < 1 || last > 65535 || first > last) {
      throw new TerminalError(`${JSON.stringify(text.slice(0, 80))}: write ports as 22,80,8000-8100`);
    }
    for (let port = first; port <= last; port++) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}
