import type { AdmittingRule } from '../kinds/endpoint.ts';
import type { FirewallRule, FirewallState } from '../kinds/firewall.ts';
import type { Resource } from '../model.ts';
import { addressSet, isEmpty, noAddresses } from '../net/addresses.ts';
import { publicPart } from '../net/special-purpose.ts';
import type { OwnAddress } from '../providers/own-address.ts';

/** As a scan's targets are written. */
export function targetsOf({ address, ports }: OwnAddress): string[] {
  return ports === undefined ? [address] : ports.map((port) => `${address}:${port}`);
}

/** The rules of a firewall that let strangers in, each complete enough to be taken away and put back. */
export function admittingRules(firewall: Resource, state: FirewallState): AdmittingRule[] {
  return state.rules.filter(admitsStrangers).map((rule) => ({
    id: `${firewall.id}/${rule.id}`,
    firewall: firewall.id,
    protocol: rule.protocol,
    fromPort: rule.fromPort,
    toPort: rule.toPort,
    // Without its id: one that is put back has another.
    native: { resource: JSON.stringify(firewall), rule: JSON.stringify({ ...rule, id: '' }) },
  }));
}

function admitsStrangers({ direction, peer }: FirewallRule): boolean {
  if (direction !== 'ingress' || peer.type === 'group') return false;
  const cidrs = peer.type === 'cidr' ? [peer.cidr] : (peer.cidrs ?? []);
  return !isEmpty(publicPart(addressSet(cidrs), noAddresses));
}

/** The firewall and its rule behind an admitting rule. */
export function ruleBehind({ id, firewall, native }: AdmittingRule): {
  resource: Resource;
  rule: FirewallRule;
} {
  // Both were written by `admittingRules`.
  const resource = JSON.parse(native.resource ?? '') as Resource;
  const rule = JSON.parse(native.rule ?? '') as FirewallRule;
  return { resource, rule: { ...rule, id: id.slice(firewall.length + 1) } };
}
