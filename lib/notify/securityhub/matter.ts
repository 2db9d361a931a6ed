import type { ReportedFinding } from '../../model.ts';
import { securityControlsOf } from './security-controls.ts';

/** Words by which tools that know no `SecurityControlId` speak of what a control of ours finds. */
const words: { [control: string]: RegExp } = {
  'unprotected-metadata': /imds|metadata/i,
  'audit-trail-stopped': /trail|logging|recorder|detector|flow.?log/i,
  'weak-listener': /tls|ssl|https?\b/i,
  'weak-tls': /tls|ssl/i,
  'unencrypted-default': /encrypt/i,
  'admin-grant': /admin|privilege|full.?access/i,
  'risky-sign-in': /root|mfa|sign.?in|login/i,
  'exposed-key': /expos|compromis|quarantine/i,
  'bucket-block-public-access': /public|block/i,
  'account-block-public-access': /public|block/i,
};
const openness =
  /public|internet|anonymous|unrestricted|ingress|external|everyone|0\.0\.0\.0|::\/0|open.?(to|port)|cross.?account/i;

/** What somebody does, or the content somebody stored, is not undone by shutting the resource: these stay open. */
const incidents = /^(TTPs|Effects|Unusual Behaviors|Sensitive Data Identifications)\b|\/Vulnerabilities\b/;

/**
 * Whether a finding of others speaks of what a control of ours found on the same resource, so that it is closed with
 * the case. A finding of another matter is left open: closing it would hide it.
 */
export function isSameMatter(finding: ReportedFinding, control: string): boolean {
  if (finding.control !== null) return securityControlsOf(control).includes(finding.control);
  if (finding.types.some((type) => incidents.test(type))) return false;
  return (words[control] ?? openness).test(`${finding.generator} ${finding.types.join(' ')}`);
}
