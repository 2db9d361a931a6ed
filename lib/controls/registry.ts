import type { Kind } from '../kinds.ts';
import type { Control } from './control.ts';
import { defaultFirewallInUse } from './default-firewall-in-use.ts';
import { mailEgress } from './mail-egress.ts';
import { openEgress } from './open-egress.ts';
import { publicNetworkAcl } from './public-network-acl.ts';
import { publicPort } from './public-port.ts';

/** Every control, one line each. */
export const controls: readonly Control[] = [
  publicPort,
  publicNetworkAcl,
  defaultFirewallInUse,
  openEgress,
  mailEgress,
];

export function controlsFor(kind: Kind): Control[] {
  return controls.filter((one) => one.kind === kind);
}
