import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import { canonical } from '../../fingerprint.ts';
import type { FirewallRule, Peer } from '../../kinds/firewall.ts';

/** An Exoscale rule as the firewall kind sees it, and back. Pure. */

const GroupReference = z.object({
  id: z.string(),
  name: z.string().optional(),
  visibility: z.string().optional(),
});

export const ExoscaleRule = z.object({
  id: z.string().min(1),
  'flow-direction': z.enum(['ingress', 'egress']),
  protocol: z.string(),
  'start-port': z.number().int().nullish(),
  'end-port': z.number().int().nullish(),
  icmp: z.object({ type: z.number().int().nullish(), code: z.number().int().nullish() }).nullish(),
  network: z.string().nullish(),
  'security-group': GroupReference.nullish(),
  description: z.string().nullish(),
});
export type ExoscaleRule = z.infer<typeof ExoscaleRule>;

const numbers: { [name: string]: string } = { ah: '51', esp: '50', gre: '47', ipip: '4' };
const names = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [number, name]));

/**
 * `sources`: for every group that the rules name, the networks that count as its members; null for a list that
 * Exoscale keeps itself and does not show.
 */
export function ruleOf(
  said: ExoscaleRule,
  sources: ReadonlyMap<string, readonly string[] | null>,
): FirewallRule {
  const protocol = numbers[said.protocol] ?? said.protocol;
  const icmp = protocol === 'icmp' || protocol === 'icmpv6';
  const group = said['security-group'];
  return {
    id: said.id,
    direction: said['flow-direction'],
    protocol,
    fromPort: icmp ? null : (said['start-port'] ?? null),
    toPort: icmp ? null : (said['end-port'] ?? null),
    icmpType: icmp ? any(said.icmp?.type) : null,
    icmpCode: icmp ? any(said.icmp?.code) : null,
    peer: peerOf(said, sources),
    description: said.description || null,
    tags: {},
    ...(group ? { native: { visibility: group.visibility ?? null } } : {}),
  };
}

/** -1 stands for any type or code. */
function any(number: number | null | undefined): number | null {
  return number === undefined || number === null || number < 0 ? null : number;
}

function peerOf(said: ExoscaleRule, sources: ReadonlyMap<string, readonly string[] | null>): Peer {
  if (said.network) return { type: 'cidr', cidr: said.network };
  const group = said['security-group'];
  if (!group) throw new TerminalError(`Exoscale does not say whom rule ${said.id} admits`);
  const networks = sources.get(group.id);
  if (networks === undefined || networks?.length === 0) return { type: 'group', id: group.id };
  return { type: 'prefix-list', id: group.id, cidrs: networks === null ? null : networks.toSorted() };
}

/** The body that makes exactly this rule. */
export function bodyOf(rule: FirewallRule): { [key: string]: unknown } {
  const { peer, native } = rule;
  const visibility = native?.visibility;
  return {
    'flow-direction': rule.direction,
    protocol: names[rule.protocol] ?? rule.protocol,
    ...portsOf(rule),
    ...(peer.type === 'cidr'
      ? { network: peer.cidr }
      : { 'security-group': { id: peer.id, ...(visibility ? { visibility } : {}) } }),
    ...(rule.description === null ? {} : { description: rule.description }),
  };
}

function portsOf({ protocol, fromPort, toPort, icmpType, icmpCode }: FirewallRule): object {
  if (protocol === 'icmp' || protocol === 'icmpv6')
    return { icmp: { type: icmpType ?? -1, code: icmpCode ?? -1 } };
  if (protocol !== 'tcp' && protocol !== 'udp') return {};
  return { 'start-port': Math.max(1, fromPort ?? 1), 'end-port': toPort ?? 65_535 };
}

/** Equal for rules that admit the same, whatever they are called. */
export function meaningOf(rule: FirewallRule): string {
  const { description: _, ...said } = bodyOf(rule);
  return canonical(said);
}
