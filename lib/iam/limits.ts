import { TerminalError } from '../errors.ts';
import { type AddressSet, addressSet, sizeOf, subtract } from '../net/addresses.ts';
import { publicPart } from '../net/special-purpose.ts';
import { anyone, type Limit, limited, type Trust, unclear, widest } from './reach.ts';
import type { Condition } from './statement.ts';
import {
  accountValue,
  arnValue,
  networkValue,
  organizationValue,
  userIdValue,
  userNameValue,
  type ValueMeaning,
} from './values.ts';

/** Keys (lower case) whose value says who calls. */
const callerKeys = new Map<string, ValueMeaning>(
  Object.entries({
    'aws:sourceaccount': accountValue,
    'aws:sourceowner': accountValue,
    'aws:principalaccount': accountValue,
    'kms:calleraccount': accountValue,
    's3:dataaccesspointaccount': accountValue,
    'aws:principalorgid': organizationValue,
    'aws:sourceorgid': organizationValue,
    'aws:principalorgpaths': organizationValue,
    'aws:sourceorgpaths': organizationValue,
    'aws:sourcearn': arnValue,
    'aws:principalarn': arnValue,
    's3:dataaccesspointarn': arnValue,
    'lambda:sourcefunctionarn': arnValue,
    'aws:sourcevpc': networkValue,
    'aws:sourcevpce': networkValue,
    'aws:userid': userIdValue,
    'aws:username': userNameValue,
  }),
);

/** Keys that every caller fulfils as he likes: they say how, not who. */
const callersChoice = new Set([
  'aws:securetransport',
  'aws:referer',
  'aws:useragent',
  'aws:requestedregion',
  'aws:multifactorauthpresent',
  'lambda:functionurlauthtype',
  'lambda:invokedviafunctionurl',
  's3:prefix',
  's3:delimiter',
  's3:max-keys',
  's3:x-amz-acl',
  's3:x-amz-server-side-encryption',
  's3:authtype',
  's3:signatureversion',
  's3:tlsversion',
  'sns:protocol',
]);

const serviceKeys = new Set([
  'aws:principalisawsservice',
  'aws:principalservicename',
  'aws:principalservicenameslist',
]);

interface Operator {
  base: string;
  /** The test is also passed by a request that does not carry the key. */
  absentPasses: boolean;
  negated: boolean;
  glob: boolean;
}

const bases = new Map<string, { negated: boolean; glob: boolean }>();
for (const [name, glob] of [
  ['stringequals', false],
  ['stringequalsignorecase', false],
  ['stringlike', true],
  ['arnequals', true],
  ['arnlike', true],
] as const) {
  bases.set(name, { negated: false, glob });
  bases.set(name.replace(/^(string|arn)/, '$1not'), { negated: true, glob });
}
for (const name of ['ipaddress', 'bool', 'null']) bases.set(name, { negated: false, glob: false });
bases.set('notipaddress', { negated: true, glob: false });

function readOperator(text: string): Operator | null {
  const [, quantifier, word, ifExists] =
    /^(forallvalues:|foranyvalue:)?([a-z]+?)(ifexists)?$/.exec(text.toLowerCase()) ?? [];
  const facts = bases.get(word ?? '');
  if (!facts || !word) return null;
  const absentPasses = quantifier === 'forallvalues:' || ifExists !== undefined || facts.negated;
  return { base: word, absentPasses: quantifier === 'foranyvalue:' ? false : absentPasses, ...facts };
}

/** The callers that pass all of these, one limit per condition. */
export function limitsOf(conditions: readonly Condition[], trust: Trust): Limit[] {
  // A key that must be there takes the loophole out of IfExists and ForAllValues.
  const required = new Set(
    conditions
      .filter((c) => isNull(c) && c.values.every((v) => v.toLowerCase() === 'false'))
      .map((c) => c.key.toLowerCase()),
  );
  return conditions.map((condition) => limitOf(condition, required, trust));
}

function isNull(condition: Condition): boolean {
  return condition.operator.toLowerCase() === 'null';
}

function limitOf(condition: Condition, required: ReadonlySet<string>, trust: Trust): Limit {
  const key = condition.key.toLowerCase();
  const operator = readOperator(condition.operator);
  if (!operator) return unclear(`callers that pass ${condition.operator} of ${condition.key}`);
  if (operator.base === 'null') return presence(condition, key);
  if (callersChoice.has(key)) return anyone('anyone');
  if (serviceKeys.has(key)) return serviceLimit(condition, operator, trust);
  if (key === 'elasticfilesystem:accessedviamounttarget') return mountTarget(condition);
  const absentPasses = operator.absentPasses && !required.has(key);
  if (key === 'aws:sourceip') return addressLimit(condition, operator, absentPasses, trust);
  const meaning = callerKeys.get(key);
  if (!meaning) return unclear(`callers that pass ${condition.operator} of ${condition.key}`);
  if (operator.negated) return exclusion(condition, operator);
  if (absentPasses) return anyone(`anyone whose request carries no ${condition.key}`);
  const limits = condition.values.map((value) => meaning(value, operator.glob, trust));
  return widest(limits, 'nobody');
}

/** "Has the key" is no name: anybody's organization, network or account has one. */
function presence(condition: Condition, key: string): Limit {
  const known = callerKeys.has(key) || callersChoice.has(key) || key === 'aws:sourceip';
  return known ? anyone('anyone') : unclear(`callers with or without ${condition.key}`);
}

/** All but some are as good as all, unless the some are everybody. */
function exclusion(condition: Condition, operator: Operator): Limit {
  const excludesAll = operator.glob && condition.values.includes('*');
  return excludesAll ? limited('nobody') : anyone(`everyone but ${condition.values.join(', ')}`);
}

function serviceLimit(condition: Condition, operator: Operator, trust: Trust): Limit {
  if (operator.negated || condition.values.some((v) => v.toLowerCase() === 'false')) return anyone('anyone');
  return trust.services === 'trusted' ? limited('AWS services') : unclear('AWS services, whoever sends them');
}

function mountTarget(condition: Condition): Limit {
  const through = condition.values.length > 0 && condition.values.every((v) => v.toLowerCase() === 'true');
  return through ? limited('clients in its own network') : anyone('anyone');
}

/**
 * Blocks broader than /8 (IPv6: /32) are what S3 itself calls public:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
const broadest = { v4: 1n << 24n, v6: 1n << 96n };
const everywhere = addressSet(['0.0.0.0/0', '::/0']);

function addressLimit(condition: Condition, operator: Operator, absentPasses: boolean, trust: Trust): Limit {
  const named = readAddresses(condition.values);
  const ours = readAddresses(trust.trusted);
  if (!named || !ours) return unclear(`addresses ${condition.values.join(', ')}`);
  const admitted = operator.negated ? subtract(everywhere, named) : named;
  const open = publicPart(admitted, ours);
  const words = `${operator.negated ? 'addresses other than ' : ''}${condition.values.join(', ')}`;
  if (sizeOf(open.v4) > broadest.v4 || sizeOf(open.v6) > broadest.v6) return anyone(words);
  // A request through a VPC endpoint, anybody's, carries no source address.
  return absentPasses ? unclear(`${words}, and requests without an address`) : limited(words);
}

function readAddresses(cidrs: readonly string[]): AddressSet | null {
  try {
    return addressSet(cidrs);
  } catch (thrown) {
    if (thrown instanceof TerminalError) return null;
    throw thrown;
  }
}
