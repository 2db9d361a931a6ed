import * as z from 'zod';
import type { FirewallRule, FirewallState } from '../kinds/firewall.ts';
import type { Finding } from '../model.ts';
import { worst } from '../model.ts';
import { addressSet, noAddresses } from '../net/addresses.ts';
import { parseTrafficList, TrafficList } from '../net/ports.ts';
import { control, type Settings } from './control.ts';
import { limitsOf, MaxAddresses } from './max-addresses.ts';
import { describeReach } from './severity.ts';
import { exposuresOf, listOf, narrow } from './wide-rules.ts';

const Options = z.strictObject({
  allow: TrafficList.default(['tcp/80', 'tcp/443', 'udp/443', 'icmp']),
  maxAddresses: MaxAddresses,
  replaceWithTrusted: z.boolean().default(false),
});

function check(state: FirewallState, settings: Settings<z.infer<typeof Options>>): Finding | null {
  const exposures = exposuresOf(state, {
    direction: 'ingress',
    permitted: parseTrafficList(settings.options.allow),
    limits: limitsOf(settings.options.maxAddresses),
    trusted: addressSet(settings.trusted),
  });
  if (exposures.length === 0) return null;
  const why = `Too many public addresses can reach ${listOf(exposures)}; ${describeReach(state.attached)}.`;
  return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
}

const ssh: FirewallRule = {
  id: 'sgr-ssh',
  direction: 'ingress',
  protocol: 'tcp',
  fromPort: 22,
  toPort: 22,
  icmpType: null,
  icmpCode: null,
  peer: { type: 'cidr', cidr: '0.0.0.0/0' },
  description: 'for the weekend',
  tags: {},
};
const web: FirewallRule = { ...ssh, id: 'sgr-web', fromPort: 443, toPort: 443, description: 'the shop' };
const office: FirewallRule = { ...ssh, id: 'sgr-office', peer: { type: 'cidr', cidr: '52.94.0.0/24' } };
const good: FirewallState = {
  kind: 'firewall',
  name: 'web',
  tags: {},
  isDefault: false,
  attached: { interfaces: 2, public: 1 },
  rules: [web, office],
};

export const publicPort = control({
  name: 'public-port',
  kind: 'firewall',
  title: 'A port other than the allowed ones is open to the internet',
  remedy: 'closes the offending entry; of a wide entry the allowed ports are opened by themselves first',
  defaultMode: 'fix',
  options: Options,
  check,
  fix: (state, exposures, { trusted, options }) =>
    narrow(state, exposures, {
      permitted: parseTrafficList(options.allow),
      replacement: options.replaceWithTrusted ? addressSet(trusted) : noAddresses,
    }),
  examples: {
    bad: {
      ...good,
      rules: [web, ssh, { ...ssh, id: 'sgr-all', protocol: 'all', fromPort: null, toPort: null }, office],
    },
    good,
  },
});
