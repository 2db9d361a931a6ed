import { federatedLimit } from './federated.ts';
import { matchesAnything } from './pattern.ts';
import { accountLimit, anyone, type Limit, limited, type Trust, unclear, widest } from './reach.ts';
import type { Statement } from './statement.ts';

const everyone = 'everyone, also without an AWS account';

/** Whom the Principal (or NotPrincipal) of a statement names, before its conditions. */
export function principalLimit(statement: Statement, trust: Trust): Limit {
  if (statement.principalsExcept) return everyoneBut(statement);
  if (statement.principals.length === 0) return unclear('nobody named: it has no Principal');
  return widest(
    statement.principals.map(({ type, value }) => onePrincipal(type, value, statement, trust)),
    'nobody',
  );
}

function everyoneBut(statement: Statement): Limit {
  if (statement.principals.some(({ value }) => value === '*')) return limited('nobody');
  const names = statement.principals.map(({ value }) => value).join(', ');
  return anyone(`everyone but ${names || 'nobody'}`);
}

function onePrincipal(type: string, value: string, statement: Statement, trust: Trust): Limit {
  switch (type) {
    case '*':
      return anyone(everyone);
    case 'AWS':
      return awsPrincipal(value, trust);
    case 'CanonicalUser':
      return matchesAnything(value) ? anyone(everyone) : limited(`the canonical user ${value.slice(0, 12)}`);
    case 'Service':
      return servicePrincipal(value, statement, trust);
    case 'Federated':
      return federatedLimit(value, statement.conditions);
    default:
      return unclear(`${type} ${value}`);
  }
}

function awsPrincipal(value: string, trust: Trust): Limit {
  if (matchesAnything(value)) return anyone(everyone);
  if (/^\d{12}$/.test(value)) return accountLimit(value, trust);
  const account = value.split(':')[4];
  if (account === undefined) return limited(value);
  if (/[*?]/.test(account)) return anyone(`any account's ${value}`);
  return { ...accountLimit(account, trust), to: value };
}

/**
 * Anybody can make a service call on his behalf unless the statement says whose (SourceArn, SourceAccount).
 * A role is taken on only by services that its own account passed it to.
 */
function servicePrincipal(value: string, statement: Statement, trust: Trust): Limit {
  const takesOnRole = statement.actions.patterns.every((pattern) => pattern.startsWith('sts:'));
  if (trust.services === 'trusted' || (takesOnRole && !statement.actions.except)) return limited(value);
  return unclear(`${value}, whoever sends it`);
}
