import type { Change } from '../model.ts';
import { describeTraffic } from './firewall.ts';

/** One numbered entry of a network ACL; the lowest number that matches decides. `id` is `ingress-100`. */
export type AclEntry = {
  id: string;
  number: number;
  direction: 'ingress' | 'egress';
  action: 'allow' | 'deny';
  protocol: string;
  fromPort: number | null;
  toPort: number | null;
  icmpType: number | null;
  icmpCode: number | null;
  cidr: string;
};

/** A subnet's stateless filter. */
export interface NetworkAclState {
  kind: 'network-acl';
  name: string | null;
  tags: { [key: string]: string };
  isDefault: boolean;
  /** How many subnets it filters. */
  subnets: number;
  entries: AclEntry[];
}

export function describeAclChange(change: Change): string {
  if (change.op === 'set') return `set ${change.id} to ${JSON.stringify(change.to)}`;
  // Elements of `entries` are entries.
  const entry = change.value as unknown as AclEntry;
  const side = entry.direction === 'egress' ? 'to' : 'from';
  const verb = change.op === 'remove' ? 'remove' : 'add';
  return `${verb} entry ${entry.number}: ${entry.action} ${describeTraffic(entry)} ${side} ${entry.cidr}`;
}
