import type { FirewallRule, FirewallState, Peer } from '../kinds/firewall.ts';
import { describeTraffic } from '../kinds/firewall.ts';
import type { Change, Exposure } from '../model.ts';
import { type AddressSet, addressSet, families, intersect, isEmpty, toCidrs } from '../net/addresses.ts';
import { type Limits, type Opening, type TooWide, tooWide } from '../net/openings.ts';
import { publicPart } from '../net/special-purpose.ts';
import { commonTraffic, isNoTraffic, type Traffic, trafficOf, withoutTraffic } from '../net/traffic.ts';
import { describeAddresses } from './describe-addresses.ts';
import { namesIn } from './sensitive-ports.ts';
import { severityOf } from './severity.ts';
import { spellTraffic } from './spell-traffic.ts';

/** What is too wide in one direction of a group, and how it is narrowed: shared by the firewall controls. */
export interface Bounds {
  direction: FirewallRule['direction'];
  /** What may be open to the world. */
  permitted: Traffic;
  limits: Limits;
  trusted: AddressSet;
}

interface OpenRule extends Opening {
  rule: FirewallRule;
}

export function exposuresOf(state: FirewallState, bounds: Bounds): Exposure[] {
  return tooWide(openRules(state, bounds), bounds.limits).map((found) => exposureOf(state, found));
}

function openRules(state: FirewallState, bounds: Bounds): OpenRule[] {
  return state.rules
    .filter((rule) => rule.direction === bounds.direction)
    .map((rule) => ({
      rule,
      id: rule.id,
      traffic: withoutTraffic(trafficOf(rule), bounds.permitted),
      addresses: publicPart(addressesOf(rule.peer), bounds.trusted),
    }))
    .filter((open) => !isNoTraffic(open.traffic) && !isEmpty(open.addresses));
}

/** Who a peer is; nobody for groups and for lists that only the cloud can read. */
function addressesOf(peer: Peer): AddressSet {
  if (peer.type === 'cidr') return addressSet([peer.cidr]);
  return addressSet(peer.type === 'prefix-list' ? (peer.cidrs ?? []) : []);
}

function exposureOf(state: FirewallState, { opening, together }: TooWide<OpenRule>): Exposure {
  const { rule, traffic, addresses } = opening;
  return {
    part: 'rules',
    id: rule.id,
    what: `${describeTraffic(rule)}${namesIn(rule, traffic)}`,
    to: describeAddresses(addresses, rule.peer, together),
    severity: severityOf(state.attached, traffic),
    ...askIfTogether(together),
  };
}

/** Many small entries may be the offices of partners; only a person knows. */
export function askIfTogether(together: TooWide<Opening>['together']): { ask?: string } {
  if (together === null || together.splitWorld) return {};
  return { ask: 'no entry is too wide by itself, only all of them together' };
}

/** `tcp/22 (ssh), tcp/3389 (rdp) and 3 more`. */
export function listOf(exposures: readonly Exposure[]): string {
  const [first, second, ...more] = new Set(exposures.map((exposure) => exposure.what));
  if (more.length > 0) return `${first}, ${second} and ${more.length} more`;
  return second === undefined ? `${first}` : `${first} and ${second}`;
}

/** Opens first what may stay of each rule, then closes the rule: nobody who may pass is cut off in between. */
export function narrow(
  state: FirewallState,
  exposures: readonly Exposure[],
  { permitted, replacement }: { permitted: Traffic; replacement: AddressSet },
): Change[] {
  const ids = new Set(exposures.map((exposure) => exposure.id));
  const known = new Set(state.rules.map(meaningOf));
  return state.rules
    .filter((rule) => ids.has(rule.id))
    .flatMap((rule) => {
      const kept = [...keptParts(rule, permitted), ...replaced(rule, replacement)];
      const missing = kept.filter((one) => !known.has(meaningOf(one)));
      for (const one of missing) known.add(meaningOf(one));
      return [
        ...missing.map((value): Change => ({ op: 'add', part: 'rules', value })),
        { op: 'remove', part: 'rules', value: rule } satisfies Change,
      ];
    });
}

function keptParts(rule: FirewallRule, permitted: Traffic): FirewallRule[] {
  const addresses = addressesOf(rule.peer);
  const ipv = families.filter((family) => addresses[family].length > 0);
  const kept = commonTraffic(trafficOf(rule), permitted);
  return spellTraffic(kept, ipv).map((spelled) => derived(rule, spelled));
}

/** The same traffic, from that part of the trusted networks that the rule already admitted. */
function replaced(rule: FirewallRule, replacement: AddressSet): FirewallRule[] {
  const cidrs = toCidrs(intersect(addressesOf(rule.peer), replacement));
  return cidrs.map((cidr) => derived(rule, { peer: { type: 'cidr', cidr } }));
}

function derived(rule: FirewallRule, differing: Partial<FirewallRule>): FirewallRule {
  const { native: _, ...spoken } = rule;
  return { ...spoken, ...differing, id: '' };
}

/** Equal for rules that a cloud would refuse as duplicates, whatever their spelling, ids and descriptions. */
function meaningOf(rule: FirewallRule): string {
  const { direction, icmpType, icmpCode, peer } = rule;
  const traffic = trafficOf(rule);
  const to = peer.type === 'cidr' ? toCidrs(addressSet([peer.cidr])) : peer.id;
  return JSON.stringify([direction, traffic.others, [...traffic.named], icmpType, icmpCode, peer.type, to]);
}
