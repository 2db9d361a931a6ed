import type { Settings } from '../../lib/controls/control.ts';
import type { FirewallRule, FirewallState, Peer } from '../../lib/kinds/firewall.ts';

/** `tcp/22 from 0.0.0.0/0`, `all to ::/0`, `tcp/22 from pl-1` as rules, so that tables read as sentences. */
export function rule(text: string, more: Partial<FirewallRule> = {}): FirewallRule {
  const [what = '', side = '', who = ''] = text.split(' ');
  const [protocol = '', range] = what.split('/');
  const [from = null, to = from] = range?.split('-').map(Number) ?? [];
  return {
    id: text,
    direction: side === 'to' ? 'egress' : 'ingress',
    protocol,
    fromPort: from,
    toPort: to,
    icmpType: null,
    icmpCode: null,
    peer: peerOf(who),
    description: null,
    tags: {},
    ...more,
  };
}

function peerOf(who: string): Peer {
  if (who.startsWith('sg-')) return { type: 'group', id: who };
  if (who === 'pl-aws') return { type: 'prefix-list', id: who, cidrs: null };
  if (who.startsWith('pl-')) return { type: 'prefix-list', id: who, cidrs: ['52.0.0.0/8', '10.0.0.0/8'] };
  return { type: 'cidr', cidr: who };
}

export function group(
  rules: readonly (string | FirewallRule)[],
  more: Partial<FirewallState> = {},
): FirewallState {
  return {
    kind: 'firewall',
    name: 'web',
    tags: {},
    isDefault: false,
    attached: { interfaces: 1, public: 1 },
    rules: rules.map((one) => (typeof one === 'string' ? rule(one) : one)),
    ...more,
  };
}

export function settings<Options>(options: Options, trusted: string[] = []): Settings<Options> {
  return {
    now: new Date('2026-11-24T12:00:00Z'),
    trusted,
    trustedAccounts: [],
    trustedOrganizations: [],
    options,
  };
}
