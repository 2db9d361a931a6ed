import type { Kind } from '../kinds.ts';
import type { Control } from './control.ts';
import { defaultFirewallInUse } from './default-firewall-in-use.ts';
import { expiringCertificate } from './expiring-certificate.ts';
import { mailEgress } from './mail-egress.ts';
import { mailServer } from './mail-server.ts';
import { missingHeaders } from './missing-headers.ts';
import { openDatabase } from './open-database.ts';
import { openEgress } from './open-egress.ts';
import { passwordSsh } from './password-ssh.ts';
import { publicNetworkAcl } from './public-network-acl.ts';
import { publicPort } from './public-port.ts';
import { unexpectedPort } from './unexpected-port.ts';
import { weakTls } from './weak-tls.ts';

/** Every control, one line each. */
export const controls: readonly Control[] = [
  publicPort,
  publicNetworkAcl,
  defaultFirewallInUse,
  openEgress,
  mailEgress,
  unexpectedPort,
  weakTls,
  expiringCertificate,
  missingHeaders,
  passwordSsh,
  openDatabase,
  mailServer,
];

export function controlsFor(kind: Kind): Control[] {
  return controls.filter((one) => one.kind === kind);
}
