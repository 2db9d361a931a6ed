import { afterAll } from 'vitest';
import type { FirewallRule } from '../../../lib/kinds/firewall.ts';
import type { Resource } from '../../../lib/model.ts';
import { bodyOf } from '../../../lib/providers/openstack/firewall-rule.ts';
import { OpenStackProvider } from '../../../lib/providers/openstack/openstack.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { firewallContract } from '../contract.ts';
import { sessionOn } from './session-on.ts';

let engine: OpenStack | string;
afterAll(async () => {
  if (typeof engine === 'object') await engine.stop();
});

firewallContract('the real Neutron', async () => {
  engine = await startOpenStack(['neutron']);
  if (typeof engine === 'string') return engine;
  const session = await sessionOn(engine.env('demo'));
  const { account, region } = await session.place();
  const named = (id: string): Resource => ({ provider: 'openstack', account, region, kind: 'firewall', id });

  const open = async ({ id }: Resource, rule: FirewallRule) => {
    const body = { security_group_rule: bodyOf(id, rule) };
    await session.call({ method: 'POST', service: 'network', path: '/security-group-rules', body });
  };
  return {
    provider: new OpenStackProvider([session]),
    async put(rules) {
      const body = { security_group: { name: 'contract' } };
      const made = await session.call({ method: 'POST', service: 'network', path: '/security-groups', body });
      const group = JSON.parse(made.text).security_group;
      // Neutron starts every group with leave to send anything anywhere.
      for (const { id } of group.security_group_rules) {
        await session.call({ method: 'DELETE', service: 'network', path: `/security-group-rules/${id}` });
      }
      for (const rule of rules) await open(named(group.id), rule);
      return named(group.id);
    },
    async remove({ id }) {
      await session.call({ method: 'DELETE', service: 'network', path: `/security-groups/${id}` });
    },
    unknown: () => named('00000000-0000-0000-0000-000000000000'),
    hostile: () => named('..'),
    open,
    // More than the 50 ids of one query; each takes four calls to a Neutron of one thread.
    many: 60,
    spelt(rule) {
      const everyPort = rule.fromPort === 0 && rule.toPort === 65_535;
      return { ...rule, tags: {}, ...(everyPort ? { fromPort: null, toPort: null } : {}) };
    },
  };
});
