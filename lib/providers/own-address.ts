import ipaddr from 'ipaddr.js';
import type { ProviderName, Resource } from '../model.ts';

/** An address or a name that an account proves to be ours. */
interface Ours {
  /** An IP address; or a DNS name, whose addresses may be shared with others. */
  address: string;
  /** What is ours behind a name; left out: every port is. */
  ports?: number[];
  /** What answers there; null where nothing is attached. */
  name?: string | null;
}

/** As a cloud lists it, with the ids of the groups in front of it. */
export type ListedAddress = Ours & { groups: string[] };

/** As the scanner looks at it, with the firewalls in front of it. */
export type OwnAddress = Ours & { firewalls: Resource[] };

/** What a provider offers that can list our own addresses. */
export interface Inventory {
  addresses(account: string, region: string): AsyncIterable<OwnAddress>;
}

/** The listed addresses with their groups as resources of `region`, which is `global` where groups have no region. */
export async function* withFirewalls(
  listed: AsyncIterable<ListedAddress> | Iterable<ListedAddress>,
  place: { provider: ProviderName; account: string; region: string },
): AsyncIterable<OwnAddress> {
  for await (const { groups, ...own } of listed) {
    yield { ...own, firewalls: groups.map((id): Resource => ({ ...place, kind: 'firewall', id })) };
  }
}

/** Anybody on the internet could reach it, as far as the address goes. */
export function isGlobalAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
