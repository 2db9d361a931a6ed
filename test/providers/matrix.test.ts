import { expect, test } from 'vitest';
import { support } from '../../lib/docs/support.ts';
import { kinds } from '../../lib/kinds.ts';
import { AwsProvider } from '../../lib/providers/aws/aws.ts';
import { ExoscaleProvider } from '../../lib/providers/exoscale/exoscale.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { OpenStackProvider } from '../../lib/providers/openstack/openstack.ts';
import { startExoscale } from '../engines/exoscale.ts';
import { providerOn } from './exoscale/provider-on.ts';

/** What each kind is tried on. */
const engines: { [provider: string]: { [kind: string]: string } } = {
  openstack: {
    firewall: 'Neutron',
    bucket: 'Swift',
    sharing: 'Glance, Neutron',
    instance: 'Neutron',
    credential: 'Keystone, Nova',
    'key-pair': 'Nova',
  },
  exoscale: { firewall: 'fake', bucket: "moto's S3", database: 'fake', cluster: 'fake', credential: 'fake' },
};

test('every kind that OpenStack and Exoscale guard has an engine that it is tried on; this is the support matrix', async () => {
  const fake = await startExoscale();
  const providers = [
    new MemoryProvider(),
    new AwsProvider({ accounts: [], version: 'test' }),
    new OpenStackProvider([]),
    providerOn(fake),
  ];
  await fake.stop();

  for (const one of providers)
    if (one.name in support) expect(support[one.name as keyof typeof support]).toEqual(one.kinds);
  const names = providers.map((one) => one.name);
  const rows = Object.keys(kinds).map((kind) => {
    const cells = providers.map((one) => {
      if (!one.kinds.some((guarded) => guarded === kind)) return '-';
      return engines[one.name]?.[kind] ?? 'yes';
    });
    return [kind, ...cells];
  });
  const table = [['kind', ...names], ...rows].map((row) => row.map((cell) => cell.padEnd(14)).join(' '));
  console.log(table.join('\n'));

  for (const provider of providers.filter((one) => one.name in engines)) {
    expect(Object.keys(engines[provider.name] ?? {}).sort()).toEqual([...provider.kinds].sort());
  }
  expect(providers.some((one) => one instanceof ExoscaleProvider)).toBe(true);
});
