import { afterAll, beforeAll, expect, test } from 'vitest';
import { Policy } from '../../../lib/config.ts';
import { batched } from '../../../lib/providers/batched.ts';
import type { Host } from '../../../lib/scan/hosts.ts';
import { ownAddressesOf, planScan } from '../../../lib/wire-scan.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { providerOn } from './provider-on.ts';

let fake: Exoscale;
beforeAll(async () => {
  fake = await startExoscale();
});
afterAll(() => fake.stop());

test('the scanner may contact the addresses that Exoscale lists, and knows the rule that lets strangers in', async () => {
  const id = '0b5a2d1c-0000-4000-8000-000000000001';
  const open = { id: '0b5a2d1c-0000-4000-8000-000000000002', 'flow-direction': 'ingress', protocol: 'tcp' };
  const ports = { 'start-port': 8080, 'end-port': 8080, network: '0.0.0.0/0' };
  fake.state.groups.set(id, { id, name: 'web', rules: [{ ...open, ...ports }] });
  fake.state.instances.push({ name: 'web', 'public-ip': '93.184.216.34', 'security-groups': [{ id }] });
  fake.state.elasticIps.push({ ip: '93.184.216.35' });
  const provider = providerOn(fake);
  const guarded = await provider.accounts();

  const { plan, refused } = await planScan(Policy.parse({}), {
    guarded,
    sources: [],
    // The fake has the same instances in each of its zones.
    ownAddresses: () =>
      ownAddressesOf([{ provider, guarded: guarded.map((one) => ({ ...one, regions: ['ch-gva-2'] })) }]),
    of: () => batched(provider),
  });

  const [web, elastic] = plan.hosts;
  expect(refused).toEqual([]);
  expect(plan.hosts.map((one) => one.address)).toEqual(['93.184.216.34', '93.184.216.35']);
  expect(await plan.rulesOf(web as Host)).toMatchObject([{ id: `${id}/${open.id}`, fromPort: 8080 }]);
  expect(await plan.rulesOf(elastic as Host)).toEqual([]);
});
