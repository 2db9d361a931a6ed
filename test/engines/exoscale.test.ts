import { join } from 'node:path';
import { expect, test } from 'vitest';
import { providerOn } from '../providers/exoscale/provider-on.ts';
import { officialSpec } from './exoscale/spec.ts';
import { startExoscale } from './exoscale.ts';
import { leftOut } from './folder.ts';
import { openstackVenv } from './openstack/venv.ts';
import { run } from './process.ts';

const script = join(import.meta.dirname, 'exoscale/official_client.py');

test('the official client works with the fake, and every exchange is what the official document says', async ({
  skip,
}) => {
  const reason = leftOut();
  if (reason) return skip(reason);
  const venv = await openstackVenv();
  const spec = await officialSpec(venv);
  if (!spec) throw new Error('the official client has no document');
  const fake = await startExoscale(spec);

  const { key, secret } = fake.keys;
  const seen = JSON.parse(await run(join(venv, 'bin/python'), [script, fake.url, key, secret]));
  const id = seen.group.id;
  const resource = {
    provider: 'exoscale',
    account: seen.organization.id,
    region: 'global',
    kind: 'firewall',
    id,
  } as const;
  const [reading] = await providerOn(fake).read([resource]);
  await fake.stop();

  expect(fake.mistakes).toEqual([]);
  expect(seen.group).toMatchObject({ name: 'web', 'external-sources': ['198.51.100.0/24'] });
  expect(seen.group.rules).toHaveLength(3);
  expect(seen.after.rules).toHaveLength(2);
  expect(seen.events.length).toBeGreaterThan(5);
  expect(seen.keys).toEqual({ 'api-keys': [] });
  expect(reading).toMatchObject({
    status: 'found',
    state: {
      name: 'web',
      rules: expect.arrayContaining([
        expect.objectContaining({ protocol: 'icmp', icmpType: 8, icmpCode: 0 }),
        expect.objectContaining({ peer: { type: 'prefix-list', id, cidrs: ['198.51.100.0/24'] } }),
      ]),
    },
  });
}, 600_000);
