import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../../lib/controls/control.ts';
import { publicPolicy } from '../../lib/controls/public-policy.ts';
import { whoCan } from '../../lib/iam/who.ts';
import type { PolicyState } from '../../lib/kinds/policy.ts';
import { documentOf } from '../../lib/kinds/statement.ts';
import type { Json } from '../../lib/model.ts';
import { afterChanges } from '../../lib/providers/memory.ts';

const owner = '123456789012';
const root = { AWS: `arn:aws:iam::${owner}:root` };
const settings = (over: Partial<Settings> = {}): Settings => ({
  now: new Date('2026-11-24T12:00:00Z'),
  trusted: [],
  trustedAccounts: [],
  trustedOrganizations: [],
  options: {},
  ...over,
});
const policyOf = (service: string, ...statements: Json[]): PolicyState => ({
  kind: 'policy',
  name: 'orders',
  tags: {},
  service,
  owner,
  settings: {},
  statements: statements.map((statement, index) => ({
    id: `#${index}`,
    statement,
    envelope: { Version: '2012-10-17', Statement: [] },
  })),
});
function shut(state: PolicyState, about: Settings): PolicyState {
  const exposures = publicPolicy.check(state, about)?.exposures ?? [];
  return afterChanges(state, publicPolicy.fix(state, exposures, about));
}

describe('public-policy', () => {
  const named = {
    Effect: 'Allow',
    Principal: { AWS: ['arn:aws:iam::999999999999:root', 'arn:aws:iam::111122223333:role/friend'] },
    Action: 'sqs:SendMessage',
    Resource: '*',
  };

  test('asks about a stranger that is named, once the policy file says who is trusted', () => {
    const state = policyOf('sqs', named);
    const trustedAccounts = ['111122223333'];

    expect(publicPolicy.check(state, settings())).toBeNull();
    expect(publicPolicy.check(state, settings({ trustedAccounts }))?.exposures).toMatchObject([
      { id: '#0', to: 'account 999999999999', ask: expect.stringContaining('trusted') },
    ]);
    const both = settings({ trustedAccounts: [...trustedAccounts, '999999999999'] });
    expect(publicPolicy.check(state, both)).toBeNull();
  });

  test('fixes what is public and asks about the stranger beside it, as one finding', () => {
    const open = { ...named, Principal: '*' };

    const { exposures = [] } =
      publicPolicy.check(policyOf('sqs', open, named), settings({ trustedAccounts: ['111122223333'] })) ?? {};

    expect(exposures.map((one) => [one.id, one.ask === undefined])).toEqual([
      ['#0', true],
      ['#1', false],
    ]);
  });

  test.each([
    ['with its condition', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['with what it leaves out', { NotAction: 'kms:ScheduleKeyDeletion', Action: undefined }],
    ['of everybody but one', { NotPrincipal: { AWS: '999999999999' }, Principal: undefined }],
  ])('the owner of a key keeps exactly what the open statement let him do, %s', (_, over) => {
    const open = { Sid: 'All', Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*', ...over };
    const written = JSON.parse(JSON.stringify(open)) as { [field: string]: Json };

    const { statements } = shut(policyOf('kms', written), settings());

    const { NotPrincipal: _gone, ...rest } = written;
    expect(statements.map((one) => one.statement)).toEqual([{ ...rest, Sid: 'OwnerOnly', Principal: root }]);
  });

  test('nobody becomes an administrator of a key by a statement that made nobody one', () => {
    const open = { Effect: 'Allow', Principal: '*', Action: 'kms:Decrypt', Resource: '*' };
    const admin = {
      Effect: 'Allow',
      Principal: root,
      Action: 'kms:*',
      Resource: '*',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    };

    expect(shut(policyOf('kms', open, admin), settings()).statements.map((one) => one.statement)).toEqual([
      admin,
    ]);
  });
});

describe('whatever the policy of a key says', () => {
  const principal = fc.constantFrom<Json>(
    '*',
    { AWS: '*' },
    root,
    { AWS: 'arn:aws:iam::999999999999:root' },
    { AWS: [`arn:aws:iam::${owner}:role/admin`, '*'] },
    { Service: 'logs.amazonaws.com' },
  );
  const action = fc.constantFrom<Json>(
    'kms:*',
    '*',
    'kms:Decrypt',
    ['kms:Put*', 'kms:Get*'],
    'KMS:PutKeyPolicy',
  );
  const statement = fc
    .record({
      Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
      Principal: principal,
      Action: action,
      secure: fc.boolean(),
    })
    .map(
      ({ secure, ...one }): Json => ({
        ...one,
        Resource: '*',
        ...(secure && { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
      }),
    );
  const key = fc.array(statement, { minLength: 1, maxLength: 6 }).map((all) => policyOf('kms', ...all));
  const trust = { account: owner, trusted: [], trustedAccounts: [], trustedOrganizations: [] };
  const manages = (one: Json) => {
    const { Effect, Principal, Action } = one as { [field: string]: Json };
    const names = JSON.stringify(Principal).includes(owner) || JSON.stringify(Principal).includes('"*"');
    return (
      Effect === 'Allow' &&
      names &&
      [Action].flat().some((name) => /^(\*|kms:(\*|put\*|putkeypolicy))$/i.test(String(name)))
    );
  };

  test('it never loses its administrators', () => {
    fc.assert(
      fc.property(key, (state) => {
        const left = shut(state, settings());

        const had = state.statements.some((one) => manages(one.statement));
        expect(left.statements.some((one) => manages(one.statement))).toBe(had);
      }),
    );
  });

  test('it lets nobody in from outside afterwards, and no statement that stays was touched', () => {
    fc.assert(
      fc.property(key, (state) => {
        const left = shut(state, settings());

        expect(whoCan(documentOf(left.statements), { ...trust, services: 'trusted' }).answer).toBe(
          'not public',
        );
        const kept = left.statements.filter((one) => one.id !== 'OwnerOnly');
        for (const one of kept) expect(state.statements).toContainEqual(one);
      }),
    );
  });
});
