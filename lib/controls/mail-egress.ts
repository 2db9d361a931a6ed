import * as z from 'zod';
import type { FirewallState } from '../kinds/firewall.ts';
import { worst } from '../model.ts';
import { addressSet, noAddresses } from '../net/addresses.ts';
import { parseTraffic } from '../net/ports.ts';
import { everyTraffic, withoutTraffic } from '../net/traffic.ts';
import { control } from './control.ts';
import { limitsOf, MaxAddresses } from './max-addresses.ts';
import { describeReach } from './severity.ts';
import { exposuresOf, narrow } from './wide-rules.ts';

const Options = z.strictObject({ maxAddresses: MaxAddresses });

const allButMail = withoutTraffic(everyTraffic, parseTraffic('tcp/25'));

const good: FirewallState = {
  kind: 'firewall',
  name: 'workers',
  tags: {},
  isDefault: false,
  attached: { interfaces: 3, public: 0 },
  rules: [
    {
      id: 'sgr-relay',
      direction: 'egress',
      protocol: 'tcp',
      fromPort: 25,
      toPort: 25,
      icmpType: null,
      icmpCode: null,
      peer: { type: 'cidr', cidr: '10.0.0.25/32' },
      description: 'the mail relay',
      tags: {},
    },
  ],
};

export const mailEgress = control({
  name: 'mail-egress',
  kind: 'firewall',
  title: 'What carries the group may send mail straight to the internet',
  remedy:
    'opens everything but tcp/25 of the egress entry (TCP, UDP, ICMP, GRE, ESP, AH), then closes the entry',
  defaultMode: 'off',
  options: Options,
  check(state, { options, trusted }) {
    const found = exposuresOf(state, {
      direction: 'egress',
      permitted: allButMail,
      limits: limitsOf(options.maxAddresses),
      trusted: addressSet(trusted),
    });
    if (found.length === 0) return null;
    const exposures = found.map((one) => ({ ...one, what: 'tcp/25 (smtp)' }));
    const why = `A taken host can send spam: tcp/25 (smtp) is open to the internet; ${describeReach(state.attached)}.`;
    return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
  },
  fix: (state, exposures) => narrow(state, exposures, { permitted: allButMail, replacement: noAddresses }),
  examples: {
    bad: {
      ...good,
      rules: good.rules.map((rule) => ({ ...rule, peer: { type: 'cidr' as const, cidr: '0.0.0.0/0' } })),
    },
    good,
  },
});
