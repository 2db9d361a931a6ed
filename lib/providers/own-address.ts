import ipaddr from 'ipaddr.js';
import type { ProviderName, Resource } from '../model.ts';

/** A public address as a cloud lists it, with the ids of the groups in front of it. */
export interface ListedAddress {
  address: string;
  /** What answers there, or null where nothing is attached. */
  name: string | null;
  groups: string[];
}

/** A public address of ours, which the scanner looks at, with the firewalls in front of it. */
export interface OwnAddress {
  address: string;
  name: string | null;
  firewalls: Resource[];
}

/** What a provider offers that can list our own addresses. */
export interface Inventory {
  addresses(account: string, region: string): AsyncIterable<OwnAddress>;
}

/** The listed addresses with their groups as resources of `region`, which is `global` where groups have no region. */
export async function* withFirewalls(
  listed: AsyncIterable<ListedAddress> | Iterable<ListedAddress>,
  place: { provider: ProviderName; account: string; region: string },
): AsyncIterable<OwnAddress> {
  for await (const { address, name, groups } of listed) {
    const firewalls = groups.map((id): Resource => ({ ...place, kind: 'firewall', id }));
    yield { address, name, firewalls };
  }
}

/** Anybody on the internet could reach it, as far as the address goes. */
export function isGlobalAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
