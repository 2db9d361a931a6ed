import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { broadKey } from '../../../lib/controls/broad-key.ts';
import { exposedKey, reported } from '../../../lib/controls/exposed-key.ts';
import type { State } from '../../../lib/kinds.ts';
import type { Resource } from '../../../lib/model.ts';
import type { ExoscaleProvider } from '../../../lib/providers/exoscale/exoscale.ts';
import type { Rotator } from '../../../lib/rotation/rotator.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { providerOn } from './provider-on.ts';

let fake: Exoscale;
let provider: ExoscaleProvider;
const role = { id: randomUUID(), name: 'deploys' };
const caseId = 'c1k86ieqj23e16a03552';
beforeAll(async () => {
  fake = await startExoscale();
  provider = providerOn(fake);
  fake.state.roles.set(role.id, role);
  fake.state.keys.set('EXOold', { key: 'EXOold', name: 'ci', 'role-id': role.id });
  fake.state.keys.set('EXOother', { key: 'EXOother', name: 'backup', 'role-id': randomUUID() });
});
afterAll(() => fake.stop());

const resource = (id: string): Resource => {
  return { provider: 'exoscale', account: 'org', region: 'global', kind: 'credential', id };
};
const owner = `deploys (${role.id})`;

it('API keys are listed once for all zones and read with their role; nothing switches one off', async () => {
  const listed: string[] = [];
  for (const region of ['global', 'ch-gva-2'])
    for await (const page of provider.list('org', region, 'credential'))
      listed.push(...page.map((one) => one.id));

  const readings = await provider.read([resource('EXOold'), resource('EXOnobody')]);

  expect(listed).toEqual(['EXOold', 'EXOother']);
  expect(readings).toMatchObject([
    {
      status: 'found',
      state: { name: owner, service: 'api-key', otherActiveKeys: 0, lacks: ['deactivation'] },
    },
    { status: 'gone' },
  ]);
  const state = readings[0]?.status === 'found' ? readings[0].state : null;
  const settings = {
    now: new Date(),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };
  const found = exposedKey.check(state as State, { ...settings, seenOn: [reported] });
  expect(found?.exposures[0]?.tell).toContain('replace it');
});

it('a key is replaced by one with the same role, marked with its case, and the old one goes', async () => {
  const rotator = provider.rotator(resource('EXOold')) as Rotator;
  const holder = { resource: resource('EXOold'), owner };

  const made = await rotator.create(holder, caseId);
  const keys = await rotator.keysOf(holder);
  await rotator.delete(holder, 'EXOold');
  await rotator.delete(holder, 'EXOold');

  expect(fake.state.keys.get(made.id)).toMatchObject({ name: `ci ${caseId}`, 'role-id': role.id });
  expect(made.secret.reveal()).toMatchObject({
    apiKey: made.id,
    apiSecret: expect.stringMatching(/^.{20,}/),
  });
  expect(keys?.map((key) => key.id)).toEqual(['EXOold', made.id]);
  expect(await rotator.madeBy(holder, made.id, caseId, '')).toBe('us');
  expect(await rotator.madeBy(holder, 'EXOother', caseId, '')).toBe('somebody');
  expect([...fake.state.keys.keys()]).toEqual(['EXOother', made.id]);
  expect(rotator.canDeactivate).toBe(false);
});

it('no second key is made when the answer to the first was lost', async () => {
  fake.state.keys.set('EXOlost', { key: 'EXOlost', name: 'lost', 'role-id': role.id });
  const before = fake.state.keys.size;
  fake.fail(/^POST \/v2\/api-key/, 500, 1);

  const rotator = provider.rotator(resource('EXOlost')) as Rotator;
  await expect(rotator.create({ resource: resource('EXOlost'), owner }, caseId)).rejects.toThrow(/500/);

  expect(fake.state.keys.size).toBe(before);
});

it('a key whose role allows everything is told, and one whose role says what it may do is not', async () => {
  const wide = {
    id: randomUUID(),
    name: 'owner',
    policy: { 'default-service-strategy': 'allow', services: {} },
  };
  const narrow = { ...wide, id: randomUUID(), policy: { 'default-service-strategy': 'deny', services: {} } };
  const limited = { 'default-service-strategy': 'allow', services: { iam: { type: 'deny' } } };
  const roles = [wide, narrow, { ...wide, id: randomUUID(), policy: limited }];
  for (const one of roles) {
    fake.state.roles.set(one.id, one);
    fake.state.keys.set(`EXO${one.id}`, { key: `EXO${one.id}`, name: 'x', 'role-id': one.id });
  }

  const readings = await provider.read(roles.map((one) => resource(`EXO${one.id}`)));

  const settings = {
    now: new Date(),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };
  const found = readings.map((one) =>
    one.status === 'found' ? broadKey.check(one.state, settings)?.why : one.status,
  );
  expect(found).toEqual([
    `A key of owner (${wide.id}) may do everything in the whole organization.`,
    undefined,
    undefined,
  ]);
});
