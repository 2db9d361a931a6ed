import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { controls } from '../../lib/controls/registry.ts';
import { staleKey } from '../../lib/controls/stale-key.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import type { CredentialState } from '../../lib/kinds/credential.ts';
import type { Resource } from '../../lib/model.ts';
import { parsePolicy } from '../../lib/policy/parse.ts';
import { rotationDesk } from '../../lib/wire-rotation.ts';

const now = new Date('2026-11-24T12:00:00Z');
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const aws = { provider: 'aws' as const, account: '123456789012', regions: ['eu-central-1', 'us-east-1'] };
const key: Resource = {
  provider: 'aws',
  account: aws.account,
  region: 'global',
  kind: 'credential',
  id: 'AKIA1',
};
const state = (name: string, tags = {}): CredentialState => ({
  ...(staleKey.examples.good as CredentialState),
  name,
  tags,
});

function deskOf(yaml: string, guarded = [aws]) {
  const { policy, problems } = parsePolicy(yaml, controls, { now });
  if (policy === null) throw new Error(problems.map((one) => one.message).join('; '));
  return rotationDesk({ policy, guarded, history: SqliteHistory.open(':memory:'), aws: null });
}

const ways = `rotation:
  deliver:
    - {match: {tag: team=web}, secretName: "snapshut/web/{name}", region: us-east-1, fields: [accessKeyId=ID]}
    - match: {name: maria}
      envelope: |
${publicPem.replace(/^/gm, '        ')}
`;

describe('where a new key goes', () => {
  it.each([
    [
      'the first match, with the name of the owner in it',
      ways,
      state('a', { team: 'web' }),
      {
        type: 'secret',
        secret: 'snapshut/web/a',
        account: aws.account,
        region: 'us-east-1',
        fields: { accessKeyId: 'ID' },
      },
    ],
    ['an envelope', ways, state('maria'), { type: 'envelope' }],
    [
      'a secret of its own without a match',
      ways,
      state('other'),
      { secret: 'snapshut/other', region: 'eu-central-1' },
    ],
    ['a secret without a block', '', state('a b,c@d'), { secret: 'snapshut/a-b-c@d' }],
  ])('%s', (_, yaml, owner, expected) => {
    expect(deskOf(yaml).deliveryFor(key, owner)).toMatchObject(expected);
  });

  it('is nowhere without an AWS account to hold a secret, and says what to do', () => {
    const exoscale = { ...key, provider: 'exoscale' as const };

    expect(deskOf('', []).deliveryFor(exoscale, state('a'))).toMatchObject({
      refused: expect.stringContaining('envelope'),
    });
    expect(deskOf('').deliveryFor(exoscale, state('a'))).toMatchObject({ account: aws.account });
  });
});

it.each([
  [
    'a secret and an envelope',
    'rotation: {deliver: [{secretName: a, envelope: b}]}',
    'either secretName or envelope',
  ],
  ['neither', 'rotation: {deliver: [{match: {name: a}}]}', 'either secretName or envelope'],
  ['an unknown key', 'rotation: {holdDay: 3}', 'holdDays'],
  ['a negative time', 'rotation: {holdDays: -1}', ''],
  ['a file that is not there', 'rotation: {deliver: [{envelope: no.pem}]}', 'no.pem cannot be read'],
  ['no PEM', 'rotation: {deliver: [{envelope: "-----BEGIN CERTIFICATE-----"}]}', 'expected a certificate'],
])('%s in the policy file is an error before anything starts', (_, yaml, message) => {
  expect(() => deskOf(yaml)).toThrow(message);
});

it('a private key in the policy file is refused, and not repeated', () => {
  const yaml = `rotation:\n  deliver:\n    - envelope: |\n${privatePem.replace(/^/gm, '        ')}\n`;

  expect(() => deskOf(yaml)).toThrow('private key');
  expect(() => deskOf(yaml)).not.toThrow(privatePem.slice(40, 80));
});
