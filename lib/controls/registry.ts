import type { Kind } from '../kinds.ts';
import { accountBlockPublicAccess } from './account-block-public-access.ts';
import { adminGrant } from './admin-grant.ts';
import { auditTrailStopped } from './audit-trail-stopped.ts';
import { broadKey } from './broad-key.ts';
import { bucketBlockPublicAccess } from './bucket-block-public-access.ts';
import { clusterUpdates } from './cluster-updates.ts';
import type { Control } from './control.ts';
import { defaultFirewallInUse } from './default-firewall-in-use.ts';
import { expiringCertificate } from './expiring-certificate.ts';
import { expiringHeldCertificate } from './expiring-held-certificate.ts';
import { exposedKey } from './exposed-key.ts';
import { exposedKeyPair } from './exposed-key-pair.ts';
import { mailEgress } from './mail-egress.ts';
import { mailServer } from './mail-server.ts';
import { missingHeaders } from './missing-headers.ts';
import { offender } from './offender.ts';
import { openDatabase } from './open-database.ts';
import { openDatabaseFilter } from './open-database-filter.ts';
import { openEgress } from './open-egress.ts';
import { passwordSsh } from './password-ssh.ts';
import { publicBucket } from './public-bucket.ts';
import { publicClusterEndpoint } from './public-cluster-endpoint.ts';
import { publicDatabase } from './public-database.ts';
import { publicFunctionUrl } from './public-function-url.ts';
import { publicNetworkAcl } from './public-network-acl.ts';
import { publicPolicy } from './public-policy.ts';
import { publicPort } from './public-port.ts';
import { publicRoleTrust } from './public-role-trust.ts';
import { publicSharing } from './public-sharing.ts';
import { riskyRoot, riskyUser } from './risky-sign-in.ts';
import { rootKey } from './root-key.ts';
import { signedLinks } from './signed-links.ts';
import { staleKey } from './stale-key.ts';
import { twoActiveKeys } from './two-active-keys.ts';
import { unencryptedBucket, unencryptedDatabase, unencryptedVolumes } from './unencrypted-default.ts';
import { unexpectedPort } from './unexpected-port.ts';
import { unfilteredPort } from './unfiltered-port.ts';
import { unprotectedMetadata } from './unprotected-metadata.ts';
import { unusedUser } from './unused-user.ts';
import { userWithoutMfa } from './user-without-mfa.ts';
import { weakCertificate } from './weak-certificate.ts';
import { weakListener } from './weak-listener.ts';
import { weakSshKey } from './weak-ssh-key.ts';
import { weakTls } from './weak-tls.ts';

/** Every control, one line each. */
export const controls: readonly Control[] = [
  publicPort,
  exposedKey,
  exposedKeyPair,
  staleKey,
  twoActiveKeys,
  weakSshKey,
  broadKey,
  publicNetworkAcl,
  defaultFirewallInUse,
  openEgress,
  mailEgress,
  unexpectedPort,
  weakTls,
  expiringCertificate,
  expiringHeldCertificate,
  weakCertificate,
  missingHeaders,
  passwordSsh,
  openDatabase,
  mailServer,
  publicBucket,
  signedLinks,
  bucketBlockPublicAccess,
  accountBlockPublicAccess,
  publicPolicy,
  publicFunctionUrl,
  publicSharing,
  publicDatabase,
  openDatabaseFilter,
  unprotectedMetadata,
  unfilteredPort,
  publicRoleTrust,
  adminGrant,
  riskyRoot,
  riskyUser,
  rootKey,
  unusedUser,
  userWithoutMfa,
  publicClusterEndpoint,
  clusterUpdates,
  weakListener,
  auditTrailStopped,
  unencryptedVolumes,
  unencryptedBucket,
  unencryptedDatabase,
  offender,
];

export function controlsFor(kind: Kind): Control[] {
  return controls.filter((one) => one.kind === kind);
}
