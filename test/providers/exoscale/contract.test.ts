import { afterAll, expect } from 'vitest';
import type { FirewallRule } from '../../../lib/kinds/firewall.ts';
import type { Resource } from '../../../lib/model.ts';
import { bodyOf } from '../../../lib/providers/exoscale/firewall-rule.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { firewallContract } from '../contract.ts';
import { clientOn, providerOn } from './provider-on.ts';

let fake: Exoscale;
afterAll(async () => {
  await fake.stop();
});

firewallContract('a fake Exoscale', async () => {
  fake = await startExoscale();
  fake.state.pendingPolls = 1;
  const client = clientOn(fake);
  const account = fake.state.organization.id;
  const named = (id: string): Resource => ({
    provider: 'exoscale',
    account,
    region: 'global',
    kind: 'firewall',
    id,
  });
  const change = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
    const ended = await client.change('ch-gva-2', { method, path, ...(body ? { body } : {}) });
    expect(ended).toMatchObject({ state: 'success' });
    return ended.reference?.id ?? '';
  };
  const open = async ({ id }: Resource, rule: FirewallRule) => {
    await change('POST', `/security-group/${id}/rules`, bodyOf(rule));
  };
  return {
    provider: providerOn(fake),
    async put(rules) {
      const resource = named(await change('POST', '/security-group', { name: 'contract' }));
      for (const rule of rules) await open(resource, rule);
      return resource;
    },
    async remove({ id }) {
      await change('DELETE', `/security-group/${id}`);
    },
    unknown: () => named('00000000-0000-4000-8000-000000000000'),
    hostile: () => named('../zone'),
    open,
    spelt(rule) {
      const fromPort = rule.fromPort === 0 ? 1 : rule.fromPort;
      return { ...rule, tags: {}, fromPort };
    },
    refuses: {
      'an egress rule': 'without its last egress rule a group lets everything out',
    },
  };
});
