import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Trust } from '../../lib/iam/reach.ts';
import { type Answer, whoCan } from '../../lib/iam/who.ts';
import type { Json } from '../../lib/model.ts';

const own = '123456789012';
const trust: Trust = {
  account: own,
  trustedAccounts: ['111122223333'],
  trustedOrganizations: ['o-ours'],
  trusted: [],
  services: 'unclear',
};

const all = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' };
const answerOn = (...statements: Json[]) => whoCan({ Statement: statements }, trust).answer;
const when = (operator: string, key: string, values: Json) => ({
  ...all,
  Condition: { [operator]: { [key]: values } },
});

describe('whom a principal names', () => {
  test.each<[string, Json, Answer]>([
    ['a star', '*', 'public'],
    ['a star under AWS', { AWS: '*' }, 'public'],
    ['a star in a list', { AWS: [`arn:aws:iam::${own}:root`, '*'] }, 'public'],
    ['a star for the account', { AWS: 'arn:aws:iam::*:root' }, 'public'],
    ['an account id', { AWS: own }, 'not public'],
    ['a role', { AWS: `arn:aws:iam::${own}:role/x` }, 'not public'],
    ['a deleted user', { AWS: 'AIDAEXAMPLE' }, 'not public'],
    ['a canonical user', { CanonicalUser: 'f'.repeat(64) }, 'not public'],
    ['a service that anybody can send', { Service: 's3.amazonaws.com' }, 'unclear'],
    ['an own identity provider', { Federated: `arn:aws:iam::${own}:saml-provider/okta` }, 'not public'],
    [
      'a shared identity provider',
      { Federated: `arn:aws:iam::${own}:oidc-provider/token.actions.githubusercontent.com` },
      'public',
    ],
    ['a type that nobody knows', { Alien: 'x' }, 'unclear'],
    ['nobody', {}, 'unclear'],
    ['something unreadable', [{}], 'unclear'],
  ])('%s', (_, Principal, expected) => {
    expect(answerOn({ ...all, Principal })).toBe(expected);
  });

  test('everyone but one is everyone', () => {
    const { Principal: _, ...rest } = all;

    expect(answerOn({ ...rest, NotPrincipal: { AWS: own } })).toBe('public');
    expect(answerOn({ ...rest, NotPrincipal: '*' })).toBe('not public');
  });

  test('a service takes on a role only when its own account passes it', () => {
    expect(
      answerOn({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    ).toBe('not public');
  });

  test.each<[string, Json, Answer]>([
    [
      'its repository',
      { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:octo/app:*' } },
      'not public',
    ],
    ['any repository', { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:*' } }, 'public'],
    [
      'a name that others can begin with',
      { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:octo*' } },
      'unclear',
    ],
    [
      'only the audience',
      { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } },
      'public',
    ],
  ])('a role that trusts GitHub and names %s', (_, Condition, expected) => {
    const Principal = { Federated: `arn:aws:iam::${own}:oidc-provider/token.actions.githubusercontent.com` };
    const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition };

    expect(answerOn(statement as Json)).toBe(expected);
  });
});

describe('what a condition leaves of everyone', () => {
  test.each<[string, string, Json, Answer]>([
    ['IpAddress', 'aws:SourceIp', '198.51.100.0/24', 'not public'],
    ['IpAddress', 'aws:SourceIp', ['8.8.8.0/24', '2600::/32'], 'not public'],
    ['IpAddress', 'aws:SourceIp', '0.0.0.0/0', 'public'],
    ['IpAddress', 'aws:SourceIp', '::/0', 'public'],
    ['IpAddress', 'aws:SourceIp', ['0.0.0.0/1', '128.0.0.0/1'], 'public'],
    ['IpAddress', 'AWS:sourceip', ['10.0.0.0/8', '::ffff:0:0/96'], 'public'],
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/8', 'not public'],
    ['IpAddress', 'aws:SourceIp', 'nonsense', 'unclear'],
    ['IpAddressIfExists', 'aws:SourceIp', '198.51.100.0/24', 'unclear'],
    ['NotIpAddress', 'aws:SourceIp', '198.51.100.0/24', 'public'],
    ['StringEquals', 'aws:SourceVpce', 'vpce-1', 'not public'],
    ['StringLike', 'aws:SourceVpc', 'vpc-*', 'public'],
    ['StringNotEquals', 'aws:SourceVpc', 'vpc-1', 'public'],
    ['StringEquals', 'aws:SourceAccount', own, 'not public'],
    ['StringEqualsIfExists', 'aws:SourceAccount', own, 'public'],
    ['ForAllValues:StringEquals', 'aws:PrincipalOrgID', 'o-ours', 'public'],
    ['ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-ours/*', 'not public'],
    ['StringEquals', 'aws:PrincipalOrgID', 'o-ours', 'not public'],
    ['StringLike', 'aws:PrincipalOrgID', 'o-*', 'public'],
    ['StringLike', 'aws:PrincipalAccount', '*', 'public'],
    ['StringLike', 'aws:PrincipalAccount', '1234*', 'unclear'],
    ['ArnLike', 'aws:SourceArn', `arn:aws:sns:*:${own}:*`, 'not public'],
    ['ArnLike', 'aws:SourceArn', 'arn:aws:s3:::b', 'not public'],
    ['ArnLike', 'aws:SourceArn', 'arn:aws:s3:::*', 'public'],
    ['ArnLike', 'aws:SourceArn', 'arn:aws:s3:*:*:b', 'not public'],
    ['ArnLike', 'aws:SourceArn', 'arn:aws:sns:*:*:*', 'public'],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/admin', 'public'],
    ['StringLike', 'aws:SourceArn', '*', 'public'],
    ['StringLike', 'aws:userid', 'AROAEXAMPLE:*', 'not public'],
    ['StringLike', 'aws:userid', '*', 'public'],
    ['StringEquals', 'aws:username', 'bob', 'unclear'],
    ['Bool', 'aws:SecureTransport', 'true', 'public'],
    ['StringEquals', 'lambda:FunctionUrlAuthType', 'NONE', 'public'],
    ['StringEquals', 'aws:PrincipalTag/team', 'a', 'unclear'],
    ['StringEquals', 'sts:ExternalId', 'x', 'unclear'],
    ['StringEquals', 'constructor', 'x', 'unclear'],
    ['constructor', 'aws:SourceAccount', own, 'unclear'],
    ['StringEquals', 'aws:SourceAccount', [], 'not public'],
    ['Null', 'aws:PrincipalOrgID', 'false', 'public'],
  ])('%s of %s is %j: %s', (operator, key, values, expected) => {
    expect(answerOn(when(operator, key, values))).toBe(expected);
  });

  test('several conditions must all hold: one that restricts is enough', () => {
    const Condition = {
      Bool: { 'aws:SecureTransport': 'true' },
      StringEquals: { 'aws:PrincipalOrgID': 'o-ours' },
    };

    expect(answerOn({ ...all, Condition })).toBe('not public');
  });

  test('a key that must be there takes the loophole out of IfExists', () => {
    const Condition = {
      StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-ours' },
      Null: { 'aws:PrincipalOrgID': 'false' },
    };

    expect(answerOn({ ...all, Condition })).toBe('not public');
  });

  test('a service that may only act for our account is ours', () => {
    const Condition = { StringEquals: { 'aws:SourceAccount': own } };

    expect(answerOn({ ...all, Principal: { Service: 's3.amazonaws.com' }, Condition })).toBe('not public');
  });
});

describe('what a Deny takes away', () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' };

  test.each<[string, { [name: string]: Json | undefined }, Answer]>([
    ['everything from everyone', deny, 'not public'],
    ['the same action in another letter case', { ...deny, Action: 'S3:GETOBJECT' }, 'not public'],
    ['another action', { ...deny, Action: 's3:PutObject' }, 'public'],
    ['all actions but this one', { ...deny, Action: undefined, NotAction: 's3:Get*' }, 'public'],
    ['all actions but another', { ...deny, Action: undefined, NotAction: 's3:Put*' }, 'not public'],
    ['another object', { ...deny, Resource: 'arn:aws:s3:::b/secret/*' }, 'public'],
    ['from one account', { ...deny, Principal: { AWS: own } }, 'public'],
    ['from all but one account', { ...deny, Principal: undefined, NotPrincipal: { AWS: own } }, 'not public'],
    [
      'from outside the organization',
      { ...deny, Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-ours' } } },
      'not public',
    ],
    [
      'from outside our addresses',
      { ...deny, Condition: { NotIpAddress: { 'aws:SourceIp': '8.8.8.0/24' } } },
      'not public',
    ],
    [
      'from some addresses',
      { ...deny, Condition: { IpAddress: { 'aws:SourceIp': '8.8.8.0/24' } } },
      'public',
    ],
    ['without TLS', { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }, 'public'],
    [
      'only where both fail: either is enough to come in',
      {
        ...deny,
        Condition: {
          StringNotEquals: { 'aws:PrincipalOrgID': 'o-ours' },
          Bool: { 'aws:SecureTransport': 'false' },
        },
      },
      'public',
    ],
    [
      'by a condition that nobody knows',
      { ...deny, Condition: { StringNotEquals: { 'x:y': 'z' } } },
      'unclear',
    ],
  ])('%s', (_, statement, expected) => {
    expect(answerOn(all, JSON.parse(JSON.stringify(statement)) as Json)).toBe(expected);
  });

  test('two that each take one of the actions take both', () => {
    const both = { ...all, Action: ['s3:GetObject', 's3:PutObject'] };

    expect(answerOn(both, { ...deny, Action: 's3:Get*' }, { ...deny, Action: 's3:Put*' })).toBe('not public');
    expect(answerOn(both, { ...deny, Action: 's3:Get*' })).toBe('public');
  });
});

describe('what is no policy', () => {
  test.each<[string, Json]>([
    ['no JSON', '{'],
    ['nothing', null],
    ['a list', []],
    ['no statements', { Version: '2012-10-17' }],
    ['a statement without effect', { Statement: [{ Principal: '*' }] }],
    ['a condition that is a text', { Statement: [{ ...all, Condition: 'x' }] }],
  ])('%s is unclear', (_, document) => {
    expect(whoCan(document, trust).answer).toBe('unclear');
  });

  test('a policy built to be slow is answered at once', () => {
    const many = Array.from({ length: 3000 }, (_, i) => `s3:*a*a*a*a*${i}`);
    const statement = { ...all, Action: many, Resource: many };
    const deny = { Effect: 'Deny', Principal: '*', Action: `s3:${'*a'.repeat(500)}`, Resource: '*' };
    const started = performance.now();

    expect(answerOn(statement, deny)).toBe('unclear');
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test('it says which statement lets whom do what', () => {
  const [said] = whoCan({ Statement: { Sid: 'PublicRead', ...all } }, trust).statements;

  expect(said?.sentence).toBe(
    'Statement PublicRead lets everyone, also without an AWS account do s3:GetObject on arn:aws:s3:::b/*.',
  );
});

describe('laws', () => {
  const rank: { [answer in Answer]: number } = { 'not public': 0, unclear: 1, public: 2 };
  const condition = fc.record({
    operator: fc.constantFrom(
      'StringEquals',
      'StringLike',
      'StringNotEquals',
      'StringEqualsIfExists',
      'ForAllValues:StringEquals',
      'ForAnyValue:StringLike',
      'IpAddress',
      'NotIpAddress',
      'Bool',
      'Null',
      'ArnLike',
      'Odd',
    ),
    key: fc.constantFrom(
      'aws:SourceAccount',
      'aws:SourceIp',
      'aws:PrincipalOrgID',
      'aws:SourceArn',
      'aws:SecureTransport',
      'x:y',
      'aws:SourceVpc',
      'aws:userid',
    ),
    value: fc.constantFrom(
      own,
      '*',
      '0.0.0.0/0',
      '8.8.8.0/24',
      'o-ours',
      'arn:aws:s3:::*',
      'true',
      'false',
      'vpc-1',
    ),
  });
  const statement = fc
    .record({
      effect: fc.constantFrom('Allow', 'Deny'),
      principal: fc.constantFrom<Json>('*', { AWS: '*' }, { AWS: own }, { Service: 's3.amazonaws.com' }),
      except: fc.boolean(),
      action: fc.subarray(['s3:GetObject', 's3:*', 's3:Put*', '*'], { minLength: 1 }),
      resource: fc.constantFrom('*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b'),
      conditions: fc.array(condition, { maxLength: 2 }),
    })
    .map(({ effect, principal, except, action, resource, conditions }) => {
      const Condition: { [operator: string]: { [key: string]: Json } } = {};
      for (const { operator, key, value } of conditions)
        Condition[operator] = { ...Condition[operator], [key]: value };
      return {
        Effect: effect,
        [except ? 'NotPrincipal' : 'Principal']: principal,
        Action: action,
        Resource: resource,
        ...(conditions.length > 0 && { Condition }),
      } as { [key: string]: Json };
    });
  const policy = fc.array(statement, { minLength: 1, maxLength: 4 });

  test('one more Deny never makes a policy more public', () => {
    fc.assert(
      fc.property(policy, statement, (statements, added) => {
        const after = answerOn(...statements, { ...added, Effect: 'Deny' });
        expect(rank[after]).toBeLessThanOrEqual(rank[answerOn(...statements)]);
      }),
    );
  });

  test('one more condition never makes an Allow more public', () => {
    fc.assert(
      fc.property(statement, condition, (before, { operator, key, value }) => {
        const allow = { ...before, Effect: 'Allow' };
        const held = (allow as { Condition?: { [o: string]: { [k: string]: Json } } }).Condition ?? {};
        fc.pre(held[operator]?.[key] === undefined);
        const after = { ...allow, Condition: { ...held, [operator]: { ...held[operator], [key]: value } } };
        expect(rank[answerOn(after)]).toBeLessThanOrEqual(rank[answerOn(allow)]);
      }),
    );
  });

  test('a Deny of everything leaves nothing public', () => {
    fc.assert(
      fc.property(policy, (statements) => {
        const deny = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' };
        expect(answerOn(...statements, deny)).toBe('not public');
      }),
    );
  });

  test('the order of statements means nothing', () => {
    fc.assert(
      fc.property(policy, (statements) => {
        expect(answerOn(...statements.toReversed())).toBe(answerOn(...statements));
      }),
    );
  });
});
