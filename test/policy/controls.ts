import * as z from 'zod';
import type { Control } from '../../lib/controls/control.ts';
import { control } from '../../lib/controls/control.ts';
import type { FirewallState } from '../../lib/kinds/firewall.ts';

const state: FirewallState = {
  kind: 'firewall',
  name: null,
  tags: {},
  isDefault: false,
  attached: null,
  rules: [],
};

/** Controls that say nothing: the policy is about their names and options. */
export const controls: readonly Control[] = [
  control({
    name: 'public-port',
    kind: 'firewall',
    title: 'A port is open to the internet',
    remedy: 'closes it',
    defaultMode: 'fix',
    options: z.strictObject({
      allow: z
        .array(z.string().regex(/^(tcp|udp)\/\d+$|^icmp$/, 'expected tcp/443 or icmp'))
        .default(['tcp/443']),
      maxAddresses: z
        .strictObject({ v4: z.int().default(65536), v6Prefix: z.int().default(32) })
        .prefault({}),
    }),
    check: () => null,
    fix: () => [],
    examples: { bad: state, good: state },
  }),
  control({
    name: 'open-egress',
    kind: 'firewall',
    title: 'Everything may go out',
    remedy: 'closes it',
    defaultMode: 'off',
    options: z.object({}),
    check: () => null,
    fix: () => [],
    examples: { bad: state, good: state },
  }),
];
