import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterUpdates } from '../../../lib/controls/cluster-updates.ts';
import { publicClusterEndpoint } from '../../../lib/controls/public-cluster-endpoint.ts';
import { invert } from '../../../lib/kinds.ts';
import type { Resource } from '../../../lib/model.ts';
import type { ExoscaleProvider } from '../../../lib/providers/exoscale/exoscale.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { providerOn } from './provider-on.ts';

let fake: Exoscale;
let provider: ExoscaleProvider;
beforeAll(async () => {
  fake = await startExoscale();
  provider = providerOn(fake);
});
afterAll(() => fake.stop());

const id = randomUUID();
const resource: Resource = { provider: 'exoscale', account: 'org', region: 'ch-gva-2', kind: 'cluster', id };
const settings = {
  now: new Date(),
  trusted: ['198.51.100.0/24'],
  trustedAccounts: [],
  trustedOrganizations: [],
};

async function stateNow() {
  const [reading] = await provider.read([resource]);
  if (reading?.status !== 'found') throw new Error(reading?.status);
  return reading.state;
}

it('a cluster that does not upgrade itself is made to, undo takes it back, and its open API is told', async () => {
  const endpoint = `https://${id}.sks-ch-gva-2.exo.io:443`;
  fake.state.clusters.set(id, { id, name: 'platform', state: 'running', endpoint, labels: { env: 'dev' } });
  const before = await stateNow();

  const options = clusterUpdates.options.parse({});
  const found = clusterUpdates.check(before, { ...settings, options });
  const changes = clusterUpdates.fix(before, found?.exposures ?? [], { ...settings, options });
  for (const change of changes) await provider.apply(resource, change);
  const after = await stateNow();
  for (const change of invert(changes)) await provider.apply(resource, change);

  const open = publicClusterEndpoint.check(before, {
    ...settings,
    options: publicClusterEndpoint.options.parse({}),
  });
  expect(before).toMatchObject({ name: 'platform', tags: { env: 'dev' }, settings: { autoUpgrade: false } });
  expect(found?.severity).toBe('medium');
  expect(clusterUpdates.check(after, { ...settings, options })).toBeNull();
  expect(fake.state.clusters.get(id)).toMatchObject({ 'auto-upgrade': false, name: 'platform', endpoint });
  expect(open?.exposures[0]?.tell).toContain('nothing to narrow it with');
});

it('a cluster that is being deleted is gone, and lists are of each zone', async () => {
  fake.state.clusters.set(id, { id, name: 'platform', state: 'deleting' });
  const listed: string[] = [];
  for await (const page of provider.list('org', 'ch-gva-2', 'cluster'))
    listed.push(...page.map((one) => one.id));

  expect(await provider.read([resource])).toEqual([{ status: 'gone' }]);
  expect(listed).toEqual([id]);
});
