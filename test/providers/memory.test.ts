import type { Resource } from '../../lib/model.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { add, firewallContract } from './contract.ts';

let next = 1;
const firewallNamed = (id: string): Resource => ({
  provider: 'memory',
  account: 'here',
  region: 'nowhere',
  kind: 'firewall',
  id,
});

firewallContract('memory', () => {
  const provider = new MemoryProvider();
  return {
    provider,
    async put(rules) {
      const resource = firewallNamed(`fw-${next++}`);
      provider.put(resource, {
        kind: 'firewall',
        name: null,
        tags: {},
        isDefault: false,
        attached: null,
        rules: rules.map((rule, index) => ({ ...rule, id: `rule-${index}` })),
      });
      return resource;
    },
    remove: async (resource) => provider.remove(resource),
    unknown: () => firewallNamed('fw-0'),
    hostile: () => firewallNamed('*'),
    async open(resource, rule) {
      await provider.apply(resource, add(rule));
    },
  };
});
