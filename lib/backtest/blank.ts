import type { FirewallRule } from '../kinds/firewall.ts';
import type { Kind, States } from '../kinds.ts';
import type { Element } from '../model.ts';
import { addressSet, toCidrs } from '../net/addresses.ts';

/** How a kind is replayed from records. */
export interface Replayed<K extends Kind = Kind> {
  /** A resource of which nothing is known. */
  blank(id: string): States[K];
  /** Equal for elements that the cloud holds to be the same, where the records do not say their ids. */
  meaning(element: Element): string;
  /** An unknown element can make harmless what another opens, so nothing is judged before all are known. */
  needsWhole?: boolean;
}

export const replayed: { [K in Kind]?: Replayed<K> } = {
  firewall: {
    blank: () => ({ kind: 'firewall', name: null, tags: {}, isDefault: false, attached: null, rules: [] }),
    meaning: (element) => admission(element as unknown as FirewallRule),
  },
};

/** Description and tags do not count. */
function admission(rule: FirewallRule): string {
  const { direction, protocol, fromPort, toPort, icmpType, icmpCode, peer } = rule;
  const to = peer.type === 'cidr' ? toCidrs(addressSet([peer.cidr])) : peer.id;
  return JSON.stringify([direction, protocol, fromPort, toPort, icmpType, icmpCode, peer.type, to]);
}
