import { matchesAnything } from './pattern.ts';
import { accountLimit, anyone, type Limit, limited, ours, type Trust, unclear } from './reach.ts';

/** What one value of a condition key says about the callers, per meaning of the key. */

/** `glob`: the operator reads `*` and `?` as wildcards; else they are plain characters that match nobody. */
export type ValueMeaning = (value: string, glob: boolean, trust: Trust) => Limit;

/** Policy variables that name the owner of the policy. */
const ownAccount = `\${aws:ResourceAccount}`;
const ownOrganization = `\${aws:ResourceOrgID}`;
const variable = `\${`;

const isWild = (text: string) => /[*?]/.test(text);
const isOpen = (text: string) => matchesAnything(text) || /^[?]+$/.test(text);

export const accountValue: ValueMeaning = (value, glob, trust) => {
  if (/^\d{12}$/.test(value)) return accountLimit(value, trust);
  if (value === ownAccount) return ours('its own account');
  if (value.includes(variable)) return unclear(`accounts that match ${value}`);
  if (!glob || !isWild(value)) return limited('nobody (it names no account)');
  return isOpen(value) ? anyone('any account') : unclear(`accounts that match ${value}`);
};

export const organizationValue: ValueMeaning = (value, glob, trust) => {
  if (value === ownOrganization) return ours('its own organization');
  if (value.includes(variable)) return unclear(`organizations that match ${value}`);
  // An organization path is o-id/r-root/ou-…; only its organization is ours or not.
  const [organization = '', ...path] = value.split('/');
  if (!isWild(organization) || !glob) return organizationLimit(organization, trust);
  const wide = /^(o-)?[*?]+$/.test(organization);
  if (wide && path.every((one) => isOpen(one) || one === '')) return anyone('any organization');
  return unclear(`organizations that match ${value}`);
};

function organizationLimit(organization: string, trust: Trust): Limit {
  if (trust.trustedOrganizations.includes(organization)) return ours(`the organization ${organization}`);
  // Nothing says which organization is our own, so naming one is not yet a stranger: it is told, not counted.
  return limited(
    `the organization ${organization}`,
    trust.trustedOrganizations.length > 0 ? [organization] : [],
  );
}

export const arnValue: ValueMeaning = (value, glob, trust) => {
  if (value.includes(variable)) return unclear(`callers that match ${value}`);
  if (isOpen(value)) return glob ? anyone('any caller') : limited('nobody (a plain star)');
  const [, , service = '', , account, ...rest] = value.split(':');
  const resource = rest.join(':');
  const wild = glob && isWild(value);
  if (account === undefined || rest.length === 0) return partialArn(value, wild);
  if (/^\d{12}$/.test(account)) return { ...accountLimit(account, trust), to: value };
  if (!wild) return limited(value);
  // Bucket names are unique in the world and their ARNs have no account.
  if (account === '' || service === 's3') return namedResource(value, resource);
  return isOpen(account) ? anyone(`any account's ${value}`) : unclear(`callers that match ${value}`);
};

function partialArn(value: string, wild: boolean): Limit {
  if (!wild) return limited(value);
  return /(^|[^\d])\d{12}([^\d]|$)/.test(value) ? unclear(`callers that match ${value}`) : anyone(value);
}

function namedResource(value: string, resource: string): Limit {
  const name = resource.replace(/^\//, '').split('/')[0] ?? '';
  if (!isWild(name)) return limited(value);
  return /^[*?]/.test(name) ? anyone(value) : unclear(`callers that match ${value}`);
}

export const networkValue: ValueMeaning = (value, glob) => {
  if (value.includes(variable)) return unclear(`networks that match ${value}`);
  if (!glob || !isWild(value)) return limited(value);
  return /^(vpce?-)?[*?]+$/.test(value) ? anyone('any VPC') : unclear(`networks that match ${value}`);
};

/** Ids of users and roles are given by AWS: one of ours cannot be imitated. Names can. */
export const userIdValue: ValueMeaning = (value, glob, trust) => {
  if (/^\d{12}$/.test(value)) return accountLimit(value, trust);
  if (value.includes(variable)) return unclear(`users that match ${value}`);
  const [id = ''] = value.split(':');
  if (!glob || !isWild(id)) return limited(`the user or role ${id}`);
  return /^(A[A-Z]{3})?[*?]+$/.test(id) ? anyone('any user') : unclear(`users that match ${value}`);
};

export const userNameValue: ValueMeaning = (value, glob) => {
  if (glob && isOpen(value)) return anyone('any user');
  return unclear(`users named ${value}, in whatever account`);
};
