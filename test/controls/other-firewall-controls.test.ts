import { describe, expect, test } from 'vitest';
import type { Control } from '../../lib/controls/control.ts';
import { defaultFirewallInUse } from '../../lib/controls/default-firewall-in-use.ts';
import { mailEgress } from '../../lib/controls/mail-egress.ts';
import { openEgress } from '../../lib/controls/open-egress.ts';
import { controls } from '../../lib/controls/registry.ts';
import type { FirewallState } from '../../lib/kinds/firewall.ts';
import { afterChanges } from '../../lib/providers/memory.ts';
import { passes } from '../packets.ts';
import { group, settings } from './rules.ts';

function exposed(control: Control, state: FirewallState): string[] {
  return (control.check(state, settings(control.options.parse({})))?.exposures ?? []).map((one) => one.id);
}

function fixed(control: Control, state: FirewallState): FirewallState {
  const given = settings(control.options.parse({}));
  return afterChanges(state, control.fix(state, control.check(state, given)?.exposures ?? [], given));
}

test.each([
  ['public-port', 'fix'],
  ['public-network-acl', 'tell'],
  ['default-firewall-in-use', 'ask'],
  ['open-egress', 'off'],
  ['mail-egress', 'off'],
])('%s is in mode %s unless the policy file says otherwise', (name, mode) => {
  expect(controls.find((one) => one.name === name)?.defaultMode).toBe(mode);
});

describe('default-firewall-in-use', () => {
  const rules = ['all from sg-1', 'all to 0.0.0.0/0'];

  test.each<[sentence: string, state: FirewallState, exposed: string[]]>([
    ['a default group that something carries should admit nothing', group(rules, { isDefault: true }), rules],
    [
      'one that nothing carries harms nobody',
      group(rules, { isDefault: true, attached: { interfaces: 0, public: 0 } }),
      [],
    ],
    [
      'where that could not be read it counts as carried',
      group(rules, { isDefault: true, attached: null }),
      rules,
    ],
    ['an empty one is right', group([], { isDefault: true }), []],
    ['any other group is not looked at', group(rules), []],
  ])('%s', (_sentence, state, expected) => {
    expect(exposed(defaultFirewallInUse, state)).toEqual(expected);
  });

  test('the fix closes its entries one by one', () => {
    expect(fixed(defaultFirewallInUse, group(rules, { isDefault: true })).rules).toEqual([]);
  });
});

describe('open-egress', () => {
  test.each<[sentence: string, rules: string[], exposed: string[]]>([
    ['everything to the world is too much', ['all to 0.0.0.0/0'], ['all to 0.0.0.0/0']],
    ['web servers of the world are not', ['tcp/443 to 0.0.0.0/0', 'tcp/80 to ::/0'], []],
    ['the own network is not', ['all to 10.0.0.0/8', 'all to sg-1'], []],
    ['ingress is not looked at', ['all from 0.0.0.0/0'], []],
  ])('%s', (_sentence, rules, expected) => {
    expect(exposed(openEgress, group(rules))).toEqual(expected);
  });
});

describe('mail-egress', () => {
  test.each<[sentence: string, rules: string[], exposed: string[]]>([
    ['smtp to the world', ['tcp/25 to 0.0.0.0/0'], ['tcp/25 to 0.0.0.0/0']],
    ['a range around it', ['tcp/20-30 to ::/0'], ['tcp/20-30 to ::/0']],
    ['everything', ['all to 0.0.0.0/0'], ['all to 0.0.0.0/0']],
    ['udp 25 is no mail', ['udp/25 to 0.0.0.0/0'], []],
    ['submission to a mail service is no direct mail', ['tcp/587 to 0.0.0.0/0'], []],
    ['a relay of our own', ['tcp/25 to 10.0.0.25/32'], []],
  ])('%s', (_sentence, rules, expected) => {
    expect(exposed(mailEgress, group(rules))).toEqual(expected);
  });

  test('the fix takes mail away and leaves the rest', () => {
    const after = fixed(mailEgress, group(['all to 0.0.0.0/0']));
    const admits = (protocol: string, port: number) =>
      passes.firewall?.(after, { direction: 'egress', protocol, port, address: '8.8.8.8' });

    expect(admits('tcp', 25)).toBe(false);
    for (const port of [0, 24, 26, 443, 65535]) expect(admits('tcp', port)).toBe(true);
    for (const protocol of ['udp', 'icmp', '47', '50', '51']) expect(admits(protocol, 25)).toBe(true);
  });
});
