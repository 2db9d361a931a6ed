import { anyone, type Limit, limited, unclear } from './reach.ts';
import type { Condition } from './statement.ts';

/**
 * Identity providers that everybody can have an account at, and what their `sub` looks like when it names one
 * customer. A role that trusts them without naming its customer lets the world in.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
 */
const shared: { [issuer: string]: RegExp } = {
  'token.actions.githubusercontent.com': /^repo:[^*?/:]+\//,
  'gitlab.com': /^project_path:[^*?/:]+\//,
  'app.terraform.io': /^organization:[^*?/:]+:/,
  'agent.buildkite.com': /^organization:[^*?/:]+:/,
  'oidc.vercel.com': /^owner:[^*?/:]+:/,
  'accounts.google.com': /^\d+$/,
  'graph.facebook.com': /^\d+$/,
  'www.amazon.com': /^amzn1\.[^*?]+$/,
  'cognito-identity.amazonaws.com': /^[a-z0-9-]+:[^*?]+$/,
};

/** Claims that name a customer by themselves. */
const customerClaims =
  /:(repository_owner|repository_owner_id|repository|repository_id|namespace_path|terraform_organization_id)$/;

export function federatedLimit(provider: string, conditions: readonly Condition[]): Limit {
  if (provider === '*') return anyone('any identity provider');
  const issuer = provider.split(':oidc-provider/')[1] ?? provider;
  const customer = Object.entries(shared).find(([host]) => issuer === host || issuer.startsWith(`${host}/`));
  if (!customer) return limited(provider);
  const claims = conditions.filter((c) => c.key.toLowerCase().startsWith(`${customer[0]}:`));
  const names = claims.map((claim) => claimReach(claim, customer[0], customer[1]));
  if (names.includes('limited')) return limited(`one customer of ${issuer}`);
  if (names.includes('unclear')) return unclear(`accounts at ${issuer}`);
  return anyone(`anyone with an account at ${issuer}`);
}

function claimReach({ operator, key, values }: Condition, issuer: string, customer: RegExp) {
  const positive = /^(foranyvalue:)?string(equals|equalsignorecase|like)$/i.exec(operator);
  if (!positive || values.length === 0) return 'anyone';
  const glob = /like$/i.test(operator);
  const claim = key.slice(issuer.length).toLowerCase();
  if (customerClaims.test(claim)) return values.some((v) => glob && /[*?]/.test(v)) ? 'unclear' : 'limited';
  // The audience names the app where the provider serves many apps, and AWS where it serves many customers.
  if (claim === ':aud') {
    if (issuer === 'cognito-identity.amazonaws.com') return 'limited';
    return /google|facebook|amazon\.com/.test(issuer) ? 'unclear' : 'anyone';
  }
  if (claim !== ':sub') return 'unclear';
  if (values.every((value) => (glob ? customer.test(value) : true))) return 'limited';
  return values.some((value) => glob && /^([a-z_]+:)?[*?]/.test(value)) ? 'anyone' : 'unclear';
}

/** A claim of a provider that the principal was judged by already. */
export function isClaimOf(principals: readonly { type: string; value: string }[], key: string): boolean {
  const host = key.toLowerCase().split(':')[0] ?? '';
  const issuers = principals.filter((one) => one.type === 'Federated').map((one) => one.value.toLowerCase());
  return host !== '' && issuers.some((issuer) => issuer === host || issuer.endsWith(`/${host}`));
}
