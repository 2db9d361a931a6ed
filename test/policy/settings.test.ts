import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Policy } from '../../lib/config.ts';
import type { Exemption, Resource } from '../../lib/model.ts';
import { readEnvironment } from '../../lib/policy/environment.ts';
import { exemptionsFor } from '../../lib/policy/exemptions.ts';
import { fits } from '../../lib/policy/glob.ts';
import { type Circumstances, modeFor, optionsFor, settingsFor } from '../../lib/policy/settings.ts';
import { controls } from './controls.ts';

const [publicPort, openEgress] = controls;
if (!publicPort || !openEgress) throw new Error('the test controls are gone');
const now = new Date('2026-11-24T12:00:00Z');
const resource: Resource = {
  provider: 'aws',
  account: '123456789012',
  region: 'eu-central-1',
  kind: 'firewall',
  id: 'sg-0123456789abcdef0',
};
const about: Circumstances = { resource, name: 'web', tags: { env: 'dev' }, severity: 'low' };

describe('the mode', () => {
  const scope = (match: object, mode = 'tell') => ({ scopes: [{ match, mode }] });
  test.each<[string, object, string]>([
    ["is the control's default where nothing is said", {}, 'fix'],
    ["is the one of the control's block", { controls: { 'public-port': { mode: 'ask' } } }, 'ask'],
    [
      'is the one of a scope before the block',
      { controls: { 'public-port': { mode: 'ask' } }, ...scope({ provider: 'aws' }) },
      'tell',
    ],
    [
      'is the one of the first scope that matches',
      {
        scopes: [
          { match: { account: '1' }, mode: 'off' },
          { match: { tag: 'env' }, mode: 'ask' },
          { match: { tag: 'env' }, mode: 'off' },
        ],
      },
      'ask',
    ],
    ['matches a tag with its value', scope({ tag: 'env=dev' }), 'tell'],
    ['does not match a tag with another value', scope({ tag: 'env=prod' }), 'fix'],
    ['does not match an inherited name as a tag', scope({ tag: 'constructor' }), 'fix'],
    ['matches one severity of several', scope({ severity: ['low', 'medium'] }), 'tell'],
    ['does not match another severity', scope({ severity: 'high' }), 'fix'],
    ['matches an id by its beginning', scope({ resource: 'sg-0123*' }), 'tell'],
    ['does not match a part of an id without a star', scope({ resource: 'sg-0123' }), 'fix'],
    ['matches a name', scope({ name: ['db', 'w*b'] }), 'tell'],
    ['needs everything in a scope to match', scope({ region: 'eu-central-1', kind: 'bucket' }), 'fix'],
    [
      'is not taken from a scope of another control',
      { scopes: [{ match: { tag: 'env' }, control: 'open-egress', mode: 'off' }] },
      'fix',
    ],
    [
      'is not taken from a scope that has options only',
      {
        scopes: [
          { match: { tag: 'env' }, control: 'public-port', options: {} },
          { match: { tag: 'env' }, mode: 'ask' },
        ],
      },
      'ask',
    ],
  ])('%s', (_, policy, mode) => {
    expect(modeFor(publicPort, about, Policy.parse(policy))).toBe(mode);
  });
});

test('options of a scope are laid over those of the block, and defaults fill the rest', () => {
  const policy = Policy.parse({
    controls: { 'public-port': { mode: 'fix', allow: ['tcp/80'], maxAddresses: { v4: 256 } } },
    scopes: [{ match: { tag: 'env=dev' }, control: 'public-port', options: { allow: ['tcp/8443'] } }],
  });

  expect(optionsFor(publicPort, about, policy)).toEqual({
    allow: ['tcp/8443'],
    maxAddresses: { v4: 256, v6Prefix: 32 },
  });
  expect(optionsFor(publicPort, { ...about, tags: {} }, policy)).toMatchObject({ allow: ['tcp/80'] });
  expect(settingsFor(openEgress, about, policy, now)).toMatchObject({ options: {}, trusted: [], now });
});

describe('an exemption', () => {
  const stored = (until: string, covers: string[] | null = null): Exemption => ({
    resourceKey: 'aws/123456789012/eu-central-1/firewall/sg-0123456789abcdef0',
    control: 'public-port',
    until,
    reason: 'undone',
    by: 'maria',
    covers,
  });
  const ask = (of: { tags?: object; exemptions?: object[]; stored?: Exemption[] }) =>
    exemptionsFor({
      resource,
      control: publicPort,
      controlNames: controls.map((one) => one.name),
      tags: { ...of.tags },
      policy: Policy.parse({ exemptions: of.exemptions ?? [] }),
      stored: of.stored ?? [],
      now,
    });
  const fromFile = (fields: object) => ({
    resource: resource.id,
    control: 'public-port',
    until: '2026-12-31',
    reason: 'x',
    ...fields,
  });

  test.each<[string, Parameters<typeof ask>[0], string]>([
    [
      'of the policy file lasts to the end of its day',
      { exemptions: [fromFile({ until: '2026-11-24' })] },
      '2026-11-24T23:59:59.999Z',
    ],
    [
      'of the policy file may name several resources',
      { exemptions: [fromFile({ resource: 'sg-01*' })] },
      '2026-12-31T23:59:59.999Z',
    ],
    [
      'of the policy file may name the whole resource',
      { exemptions: [fromFile({ resource: 'aws/123456789012/*' })] },
      '2026-12-31T23:59:59.999Z',
    ],
    [
      'in a tag',
      { tags: { 'snapshut:exempt': 'public-port until 2026-12-31 partner test' } },
      '2026-12-31T23:59:59.999Z',
    ],
    [
      'in a tag for several controls',
      { tags: { 'snapshut:exempt': 'open-egress+public-port until 2026-12-31 x' } },
      '2026-12-31T23:59:59.999Z',
    ],
    [
      'in a tag for all controls',
      { tags: { 'snapshut:exempt': '* until 2026-12-31T18:00:00Z x' } },
      '2026-12-31T18:00:00.000Z',
    ],
    [
      'in a tag of the control',
      { tags: { 'snapshut:exempt:public-port': '2026-12-31 x' } },
      '2026-12-31T23:59:59.999Z',
    ],
    ['that is stored', { stored: [stored('2026-11-25T00:00:00.000Z')] }, '2026-11-25T00:00:00.000Z'],
    [
      'that is stored for one exposure',
      { stored: [stored('2026-11-25', ['p'])] },
      '2026-11-25T23:59:59.999Z',
    ],
    [
      'beside another',
      { stored: [stored('2026-11-25')], exemptions: [fromFile({})] },
      '2026-12-31T23:59:59.999Z',
    ],
    [
      'in a tag without a reason',
      { tags: { 'snapshut:exempt:public-port': '2026-12-31' } },
      '2026-12-31T23:59:59.999Z',
    ],
  ])('%s holds', (_, of, until) => {
    const { inEffect, notes } = ask(of);

    expect(inEffect.map((one) => one.until)).toContain(until);
    expect(notes).toEqual([]);
  });

  test.each<[string, Parameters<typeof ask>[0], string[]]>([
    ['of another resource', { exemptions: [fromFile({ resource: 'sg-99' })] }, []],
    ['of another account', { exemptions: [fromFile({ account: '999988887777' })] }, []],
    ['of another control', { tags: { 'snapshut:exempt': 'open-egress until 2026-12-31 x' } }, []],
    ['that is stored and over', { stored: [stored('2026-11-24T11:59:59.999Z')] }, []],
    [
      'of the policy file that is over',
      { exemptions: [fromFile({ until: '2026-11-23' })] },
      ['the exemption of the policy file ended 2026-11-23 and has no effect'],
    ],
    [
      'in a tag that is over',
      { tags: { 'snapshut:exempt': 'public-port until 2026-11-23 x' } },
      ['the exemption of the tag snapshut:exempt ended 2026-11-23 and has no effect'],
    ],
    [
      'in a tag without an end',
      { tags: { 'snapshut:exempt': 'public-port' } },
      ['the tag "snapshut:exempt" exempts nothing: it has no end; expected "CONTROL until DATE REASON"'],
    ],
    [
      'in a tag with a bad date',
      { tags: { 'snapshut:exempt': 'public-port until tomorrow x' } },
      ['the tag "snapshut:exempt" exempts nothing: "tomorrow" is no date; expected one such as 2026-12-31'],
    ],
    [
      'in a tag of a misspelt control',
      { tags: { 'snapshut:exempt:public-prot': '2026-12-31 x' } },
      ['the tag "snapshut:exempt:public-prot" exempts nothing: "public-prot" is no control'],
    ],
    [
      'in a tag of another spelling',
      { tags: { 'Snapshut:Exempt': 'public-port until 2026-12-31 x' } },
      [
        'the tag "Snapshut:Exempt" exempts nothing: a tag is named snapshut:exempt or snapshut:exempt:CONTROL',
      ],
    ],
    [
      'in an empty tag',
      { tags: { 'snapshut:exempt': '' } },
      ['the tag "snapshut:exempt" exempts nothing: expected "CONTROL until DATE REASON"'],
    ],
  ])('%s does not', (_, of, notes) => {
    expect(ask(of)).toEqual({ inEffect: [], notes });
  });

  test('in a tag of any text answers', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (suffix, value) => {
        expect(ask({ tags: { [`snapshut:exempt${suffix}`]: value } }).inEffect).toEqual([]);
      }),
    );
  });
});

test('a star in a pattern stands for any text', () => {
  const alphabet = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  fc.assert(
    fc.property(alphabet, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, value) => {
      const oracle = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(fits(pattern, value)).toBe(oracle.test(value));
    }),
    { numRuns: 1000 },
  );
});

describe('the environment', () => {
  test('is typed once', () => {
    const env = readEnvironment({
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:1',
      OS_CLOUD: 'x',
      EXOSCALE_API_KEY: 'k',
    });

    expect(env).toMatchObject({
      region: 'eu-west-1',
      hasEndpointUrl: true,
      home: '.snapshut',
      openstack: { OS_CLOUD: 'x' },
      exoscale: null,
    });
  });

  test.each([
    ['1', true],
    ['true', true],
    ['ture', true],
    ['off', false],
    ['0', false],
    ['', false],
  ])('SNAPSHUT_FREEZE=%s', (value, isFrozen) => {
    expect(readEnvironment({ SNAPSHUT_FREEZE: value }).isFrozen).toBe(isFrozen);
  });
});
