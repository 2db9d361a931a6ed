import * as z from 'zod';
import type { FirewallState } from '../kinds/firewall.ts';
import { worst } from '../model.ts';
import { addressSet, noAddresses } from '../net/addresses.ts';
import { parseTrafficList, TrafficList } from '../net/ports.ts';
import { control } from './control.ts';
import { limitsOf, MaxAddresses } from './max-addresses.ts';
import { describeReach } from './severity.ts';
import { exposuresOf, listOf, narrow } from './wide-rules.ts';

const Options = z.strictObject({
  allow: TrafficList.default(['tcp/80', 'tcp/443', 'udp/443', 'icmp']),
  maxAddresses: MaxAddresses,
});

const good: FirewallState = {
  kind: 'firewall',
  name: 'workers',
  tags: {},
  isDefault: false,
  attached: { interfaces: 3, public: 0 },
  rules: [
    {
      id: 'sgr-web',
      direction: 'egress',
      protocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      icmpType: null,
      icmpCode: null,
      peer: { type: 'cidr', cidr: '0.0.0.0/0' },
      description: null,
      tags: {},
    },
  ],
};

export const openEgress = control({
  name: 'open-egress',
  kind: 'firewall',
  title: 'What carries the group may send to the whole internet, not only to web servers',
  remedy: 'opens the allowed ports by themselves, then closes the wide egress entry',
  defaultMode: 'off',
  options: Options,
  check(state, { options, trusted }) {
    const exposures = exposuresOf(state, {
      direction: 'egress',
      permitted: parseTrafficList(options.allow),
      limits: limitsOf(options.maxAddresses),
      trusted: addressSet(trusted),
    });
    if (exposures.length === 0) return null;
    const why = `Stolen data can leave for the internet as ${listOf(exposures)}; ${describeReach(state.attached)}.`;
    return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
  },
  fix: (state, exposures, { options }) =>
    narrow(state, exposures, { permitted: parseTrafficList(options.allow), replacement: noAddresses }),
  examples: {
    bad: {
      ...good,
      rules: good.rules.map((rule) => ({ ...rule, protocol: 'all', fromPort: null, toPort: null })),
    },
    good,
  },
});
