import type { FirewallState } from '../kinds/firewall.ts';
import type { Severity } from '../model.ts';
import type { Traffic } from '../net/traffic.ts';
import { groupOf } from './sensitive-ports.ts';

type Reach = 'public' | 'attached' | 'unattached';

/** How bad an open port is, by what can be reached through it. */
const table: { [group in ReturnType<typeof groupOf>]: { [reach in Reach]: Severity } } = {
  everything: { public: 'critical', attached: 'high', unattached: 'medium' },
  'remote access': { public: 'critical', attached: 'high', unattached: 'medium' },
  databases: { public: 'critical', attached: 'high', unattached: 'medium' },
  'control planes': { public: 'critical', attached: 'high', unattached: 'medium' },
  'file shares': { public: 'critical', attached: 'high', unattached: 'medium' },
  others: { public: 'high', attached: 'medium', unattached: 'low' },
};

export function severityOf(attached: FirewallState['attached'], traffic: Traffic): Severity {
  return table[groupOf(traffic)][reachOf(attached)];
}

/** What could not be read counts as attached: neither an alarm nor all-clear. */
function reachOf(attached: FirewallState['attached']): Reach {
  if (attached === null) return 'attached';
  if (attached.public > 0) return 'public';
  return attached.interfaces > 0 ? 'attached' : 'unattached';
}

/** `2 interfaces carry this group, 1 of them with a public address`. */
export function describeReach(attached: FirewallState['attached']): string {
  if (attached === null) return 'what carries this group could not be read';
  if (attached.interfaces === 0) return 'nothing carries this group yet';
  const carried = `${attached.interfaces} ${attached.interfaces === 1 ? 'interface carries' : 'interfaces carry'}`;
  return `${carried} this group, ${attached.public || 'none'} of them with a public address`;
}
