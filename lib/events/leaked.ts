import type { Hint, Leak } from '../model.ts';

/** What other tools call a credential in the wrong hands. */

/**
 * Finding types of GuardDuty about credentials that somebody else uses: taken from an instance or a function, known to be
 * compromised, or used from Tor, from listed addresses or from a machine made for breaking in.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html
 */
const inOtherHands =
  /^(UnauthorizedAccess:IAMUser\/(Instance|Resource)CredentialExfiltration(\..+)?|CredentialAccess:IAMUser\/CompromisedCredentials|(UnauthorizedAccess|Recon):IAMUser\/(TorIPCaller|MaliciousIPCaller(\.Custom)?)|PenTest:IAMUser\/.+)$/;

/** Unlike what it does otherwise, which may still be its owner. */
const unusual =
  /^(CredentialAccess|DefenseEvasion|Exfiltration|Impact|InitialAccess|Persistence|PrivilegeEscalation):IAMUser\/AnomalousBehavior$/;

/** What a finding type of GuardDuty says of the credentials in it; null where nothing. */
export function leakOfType(type: string | null, what: string): Leak | null {
  if (type === null || type.length > 128) return null;
  const sure = inOtherHands.test(type);
  return sure || unusual.test(type) ? { by: `GuardDuty ${type}`, what, sure } : null;
}

/** AWS Health has one word for it. https://docs.aws.amazon.com/health/latest/ug/aws-health-concepts-and-terms.html */
export const healthCode = 'AWS_RISK_CREDENTIALS_EXPOSED';

export const leakOfHealth = (what: string): Leak => ({ by: 'AWS Health', what, sure: true });

/** Security Hub writes GuardDuty's types as `TTPs/UnauthorizedAccess:IAMUser-TorIPCaller`, and names Health's code. */
export function leakOfHub(types: readonly string[], generator: string | null, what: string): Leak | null {
  if (generator?.split('/').at(-1) === healthCode || generator === healthCode) return leakOfHealth(what);
  for (const type of types) {
    const found = /\b([A-Za-z]+:IAMUser)[-/](.+)/.exec(type);
    const leak = found ? leakOfType(`${found[1]}/${found[2]}`, what) : null;
    if (leak !== null) return leak;
  }
  return null;
}

/** The hint with the leak, where there is one. */
export function leaking(hint: Hint, leak: Leak | null): Hint {
  return leak === null ? hint : { ...hint, leak };
}

/** A key of STS: the temporary credentials of a session. */
export function isSessionKey(id: string): boolean {
  return id.startsWith('ASIA');
}
