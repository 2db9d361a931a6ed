import * as z from 'zod';
import { describePeer, describeTraffic, type FirewallRule, type FirewallState } from '../kinds/firewall.ts';
import type { Exposure } from '../model.ts';
import { worst } from '../model.ts';
import { trafficOf } from '../net/traffic.ts';
import { control } from './control.ts';
import { describeReach, severityOf } from './severity.ts';

/**
 * Whatever names no group gets the default one, so it should admit nothing (CIS AWS Foundations: "the default
 * security group of every VPC restricts all traffic"), its own members and egress included. Nobody is at risk
 * from one that nothing carries.
 */
function isInUse(state: FirewallState): boolean {
  return state.isDefault && (state.attached === null || state.attached.interfaces > 0);
}

function exposureOf(state: FirewallState, rule: FirewallRule): Exposure {
  const side = rule.direction === 'ingress' ? 'in' : 'out';
  const what = `${describeTraffic(rule)} ${side}`;
  // Another group's members, or our own, are not the internet.
  const severity = rule.peer.type === 'group' ? 'low' : severityOf(state.attached, trafficOf(rule));
  return { part: 'rules', id: rule.id, what, to: describePeer(rule.peer), severity };
}

const good: FirewallState = {
  kind: 'firewall',
  name: 'default',
  tags: {},
  isDefault: true,
  attached: { interfaces: 2, public: 0 },
  rules: [],
};

export const defaultFirewallInUse = control({
  name: 'default-firewall-in-use',
  kind: 'firewall',
  title: 'The default group is carried by something and admits traffic',
  remedy: 'closes every entry of the default group; give what carries it a group of its own first',
  defaultMode: 'ask',
  options: z.strictObject({}),
  check(state) {
    if (!isInUse(state) || state.rules.length === 0) return null;
    const exposures = state.rules.map((rule) => exposureOf(state, rule));
    const why = `Whatever names no group gets this default group and all it admits; ${describeReach(state.attached)}.`;
    return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
  },
  fix(state, exposures) {
    const ids = new Set(exposures.map((exposure) => exposure.id));
    const named = state.rules.filter((rule) => ids.has(rule.id));
    return named.map((value) => ({ op: 'remove', part: 'rules', value }));
  },
  examples: {
    bad: {
      ...good,
      rules: [
        {
          id: 'sgr-self',
          direction: 'ingress',
          protocol: 'all',
          fromPort: null,
          toPort: null,
          icmpType: null,
          icmpCode: null,
          peer: { type: 'group', id: 'sg-default' },
          description: null,
          tags: {},
        },
      ],
    },
    good,
  },
});
