import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicPort } from '../../lib/controls/public-port.ts';
import type { FirewallState } from '../../lib/kinds/firewall.ts';
import { tellChange } from '../../lib/kinds.ts';
import { afterChanges } from '../../lib/providers/memory.ts';
import { isIn, type Packet, passes } from '../packets.ts';
import { group, rule, settings } from './rules.ts';

interface Given {
  options?: { [name: string]: unknown };
  trusted?: string[];
}

function exposed(state: FirewallState, { options = {}, trusted = [] }: Given = {}) {
  return publicPort.check(state, settings(publicPort.options.parse(options), trusted))?.exposures ?? [];
}

function fixOf(state: FirewallState, given: Given = {}): string[] {
  const parsed = settings(publicPort.options.parse(given.options ?? {}), given.trusted);
  const changes = publicPort.fix(state, exposed(state, given), parsed);
  return changes.map((change) =>
    tellChange('firewall', change).text.replace(change.op === 'remove' ? ` (${change.value.id})` : '', ''),
  );
}

const world = '0.0.0.0/0';

describe('what is public', () => {
  test.each<[sentence: string, rules: string[], exposed: string[], given?: Given]>([
    ['ssh for the world is', [`tcp/22 from ${world}`], [`tcp/22 from ${world}`]],
    [
      'web ports for the world are not',
      [`tcp/80 from ${world}`, 'tcp/443 from ::/0', `udp/443 from ${world}`],
      [],
    ],
    ['ping is not', [`icmp from ${world}`, 'icmpv6 from ::/0'], []],
    [
      'ping is where it is not allowed',
      [`icmp from ${world}`],
      [`icmp from ${world}`],
      { options: { allow: ['tcp/80'] } },
    ],
    ['udp 22 is no ssh but still a public port', [`udp/22 from ${world}`], [`udp/22 from ${world}`]],
    ['a protocol without ports is', [`50 from ${world}`], [`50 from ${world}`]],
    ['it is not where its number is allowed', [`50 from ${world}`], [], { options: { allow: ['50'] } }],
    ['egress is not what this control looks at', [`tcp/22 to ${world}`], []],
    ['a reference to a group is nobody from outside', ['all from sg-1'], []],
    ['private networks are not the internet', ['all from 10.0.0.0/8', 'all from fc00::/7'], []],
    ['nor is what is declared trusted', ['tcp/22 from 52.0.0.0/8'], [], { trusted: ['52.0.0.0/8'] }],
    [
      'what is left beside the trusted part counts',
      ['tcp/22 from 52.0.0.0/15'],
      [],
      { trusted: ['52.1.0.0/16'] },
    ],
    ['an entry of exactly the limit is not larger', ['tcp/22 from 52.0.0.0/16'], []],
    ['the next larger one is', ['tcp/22 from 52.0.0.0/15'], ['tcp/22 from 52.0.0.0/15']],
    ['a /32 of IPv6 is not', ['tcp/22 from 2a00::/32'], []],
    ['a /31 of IPv6 is', ['tcp/22 from 2a00::/31'], ['tcp/22 from 2a00::/31']],
    ['families count apart', ['tcp/22 from 52.0.0.0/16', 'tcp/22 from 2a00::/32'], []],
    ['host bits change nothing', ['tcp/22 from 1.2.3.4/0'], ['tcp/22 from 1.2.3.4/0']],
    ['IPv4 written as IPv6 is IPv4', ['tcp/22 from ::ffff:0:0/96'], ['tcp/22 from ::ffff:0:0/96']],
    [
      'the world in two halves is the world',
      ['tcp/22 from 0.0.0.0/1', 'tcp/22 from 128.0.0.0/1'],
      ['tcp/22 from 0.0.0.0/1', 'tcp/22 from 128.0.0.0/1'],
    ],
    ['a prefix list of ours that is public is', ['tcp/22 from pl-ours'], ['tcp/22 from pl-ours']],
    ['a list that AWS keeps is never the world', ['tcp/22 from pl-aws'], []],
    [
      'a range of allowed ports is not',
      [`tcp/8000-8100 from ${world}`],
      [],
      { options: { allow: ['tcp/8000-8100'] } },
    ],
    [
      'a range that goes one port further is',
      [`tcp/8000-8101 from ${world}`],
      [`tcp/8000-8101 from ${world}`],
      { options: { allow: ['tcp/8000-8100'] } },
    ],
    [
      'IPv4 and IPv6 are two exposures',
      [`tcp/22 from ${world}`, 'tcp/22 from ::/0'],
      [`tcp/22 from ${world}`, 'tcp/22 from ::/0'],
    ],
    [
      'one large entry does not make its small neighbour wrong',
      [`tcp/22 from ${world}`, 'tcp/22 from 52.0.0.0/16'],
      [`tcp/22 from ${world}`],
    ],
    [
      'two small ones on different ports are not together',
      ['tcp/22 from 52.0.0.0/16', 'tcp/23 from 54.0.0.0/16'],
      [],
    ],
    [
      'an entry for all ports counts on each of them',
      ['all from 52.0.0.0/16', 'tcp/22 from 54.0.0.0/17'],
      ['all from 52.0.0.0/16'],
    ],
    ['the same addresses twice are not more', ['tcp/22 from 52.0.0.0/16', 'tcp/20-25 from 52.0.0.0/17'], []],
    [
      'of entries only together too many, the largest goes',
      ['tcp/22 from 52.0.0.0/17', 'tcp/22 from 54.0.0.0/16'],
      ['tcp/22 from 54.0.0.0/16'],
    ],
  ])('%s', (_sentence, rules, expected, given) => {
    expect(exposed(group(rules), given).map((one) => one.id)).toEqual(expected);
  });

  test('a broken address in a state is an error, not an all-clear', () => {
    expect(() => exposed(group(['tcp/22 from 0.0.0.0/zero']))).toThrow('0.0.0.0/zero');
  });
});

describe('when a person is asked', () => {
  test('one entry that is too wide needs no question', () => {
    expect(exposed(group([`tcp/22 from ${world}`]))[0]?.ask).toBeUndefined();
  });

  test('many offices of partners do', () => {
    const offices = ['tcp/22 from 52.0.0.0/16', 'tcp/22 from 54.0.0.0/16'];

    expect(exposed(group(offices)).map((one) => typeof one.ask)).toEqual(['string']);
  });

  test('a world in pieces of the allowed size does not, and all but one limit of it goes', () => {
    const pieces = Array.from({ length: 300 }, (_, n) =>
      `tcp/22 from 52.${n % 256}.0.0/16`.replace('52', n < 256 ? '52' : '54'),
    );
    const found = exposed(group(pieces));

    expect(found).toHaveLength(299);
    expect(found.every((one) => one.ask === undefined)).toBe(true);
  });

  test('exactly 2^24 addresses are still asked about', () => {
    const pieces = Array.from({ length: 256 }, (_, n) => `tcp/22 from 52.${n}.0.0/16`);

    expect(exposed(group(pieces)).every((one) => one.ask !== undefined)).toBe(true);
  });
});

describe('what the fix does', () => {
  test.each<[sentence: string, rules: string[], changes: string[], given?: Given]>([
    [
      'closes the entry and no neighbour',
      [`tcp/22 from ${world}`, 'tcp/22 from 52.1.2.3/32'],
      [`close tcp/22 (ssh) from ${world}`],
    ],
    [
      'opens the allowed port of a range first',
      [`tcp/443-8443 from ${world}`],
      [`open tcp/443 (https) from ${world}`, `close tcp/443-8443 from ${world}`],
    ],
    [
      'keeps web and ping of an entry for everything',
      [`all from ${world}`],
      [
        `open tcp/80 (http) from ${world}`,
        `open tcp/443 (https) from ${world}`,
        `open udp/443 (https) from ${world}`,
        `open icmp from ${world}`,
        `close all traffic from ${world}`,
      ],
    ],
    [
      'and ICMPv6 where the entry is for IPv6',
      ['all from ::/0'],
      [
        'open tcp/80 (http) from ::/0',
        'open tcp/443 (https) from ::/0',
        'open udp/443 (https) from ::/0',
        'open icmpv6 from ::/0',
        'close all traffic from ::/0',
      ],
    ],
    [
      'does not open what is open already',
      [`tcp/443-444 from ${world}`, `tcp/443 from ${world}`],
      [`close tcp/443-444 from ${world}`],
    ],
    [
      'opens it once for two wide entries',
      [`tcp/443-444 from ${world}`, `tcp/442-443 from ${world}`],
      [
        `open tcp/443 (https) from ${world}`,
        `close tcp/443-444 from ${world}`,
        `close tcp/442-443 from ${world}`,
      ],
    ],
    [
      'closes the reference to a list, not the list',
      ['tcp/22 from pl-ours'],
      ['close tcp/22 (ssh) from prefix list pl-ours'],
    ],
    [
      'opens to the trusted networks of that family instead, where so wished',
      [`tcp/22 from ${world}`],
      [`open tcp/22 (ssh) from 52.94.0.0/24`, `close tcp/22 (ssh) from ${world}`],
      { options: { replaceWithTrusted: true }, trusted: ['52.94.0.0/24', '2a00::/32'] },
    ],
    [
      'but only to the trusted addresses that could enter before',
      ['tcp/22 from 52.0.0.0/12'],
      ['open tcp/22 (ssh) from 52.8.0.0/16', 'close tcp/22 (ssh) from 52.0.0.0/12'],
      { options: { replaceWithTrusted: true }, trusted: ['52.8.0.0/16', '54.0.0.0/16'] },
    ],
  ])('%s', (_sentence, rules, expected, given) => {
    expect(fixOf(group(rules), given)).toEqual(expected);
  });

  test('what is opened keeps the description and the tags, not the id', () => {
    const wide = rule(`tcp/443-444 from ${world}`, {
      description: 'shop',
      tags: { team: 'a' },
      native: { arn: 'x' },
    });
    const [added] = publicPort.fix(
      group([wide]),
      exposed(group([wide])),
      settings(publicPort.options.parse({})),
    );

    expect(added).toMatchObject({ op: 'add', value: { id: '', description: 'shop', tags: { team: 'a' } } });
    expect(JSON.stringify(added)).not.toContain('native');
  });
});

describe('what the on-call reads', () => {
  test.each<[rule: string, what: string, to: string]>([
    [`tcp/22 from ${world}`, 'tcp/22 (ssh)', `the whole internet (${world})`],
    ['tcp/3389 from 52.0.0.0/8', 'tcp/3389 (rdp)', '16,777,216 addresses (52.0.0.0/8)'],
    ['tcp/22 from ::/0', 'tcp/22 (ssh)', 'the whole internet (::/0)'],
    ['tcp/22 from 2a00::/16', 'tcp/22 (ssh)', '2^112 IPv6 addresses (2a00::/16)'],
    [
      `tcp/3000-4000 from ${world}`,
      'tcp/3000-4000 (with tcp/3389, tcp/3306)',
      `the whole internet (${world})`,
    ],
    [`all from ${world}`, 'all traffic', `the whole internet (${world})`],
    ['tcp/22 from pl-ours', 'tcp/22 (ssh)', '16,777,216 addresses (prefix list pl-ours)'],
  ])('%s', (spelled, what, to) => {
    expect(exposed(group([spelled]))[0]).toMatchObject({ what, to });
  });

  test('the sentence says how bad it is', () => {
    const finding = publicPort.check(group([`tcp/22 from ${world}`]), settings(publicPort.options.parse({})));

    expect(finding?.why).toBe(
      'Too many public addresses can reach tcp/22 (ssh); 1 interface carries this group, 1 of them with a public address.',
    );
  });

  test.each([
    ['ssh on a public address', `tcp/22 from ${world}`, { interfaces: 1, public: 1 }, 'critical'],
    ['a database behind no public address', `tcp/5432 from ${world}`, { interfaces: 1, public: 0 }, 'high'],
    ['everything, carried by nothing', `all from ${world}`, { interfaces: 0, public: 0 }, 'medium'],
    [
      'all ports of TCP although two are allowed',
      `tcp/0-65535 from ${world}`,
      { interfaces: 1, public: 1 },
      'critical',
    ],
    ['another port on a public address', `tcp/7777 from ${world}`, { interfaces: 1, public: 1 }, 'high'],
    ['another port, carried by nothing', `tcp/7777 from ${world}`, { interfaces: 0, public: 0 }, 'low'],
    ['what could not be read counts as attached', `tcp/22 from ${world}`, null, 'high'],
  ] as const)('%s', (_sentence, spelled, attached, severity) => {
    expect(exposed(group([spelled], { attached }))[0]?.severity).toBe(severity);
  });
});

test.each([
  [{ allow: ['tcp/99999'] }, 'a port is a number up to 65535'],
  [{ maxAddresses: { v4: -1 } }, 'Too small'],
  [{ maxAddresses: { v6Prefix: 129 } }, 'Too big'],
  [{ replaceWithTrusted: 'yes' }, 'expected boolean'],
])('a wrong option is told: %j', (options, message) => {
  expect(publicPort.options.safeParse(options).error?.message).toContain(message);
});

describe('random rule sets agree with counting every address on every port', () => {
  const v4 = Array.from({ length: 64 }, (_, n) => `52.0.0.${n}`);
  const v6 = Array.from({ length: 64 }, (_, n) => `2600::${n.toString(16)}`);
  const ports = [21, 22, 23, 79, 80, 81, 443, 444];
  const someCidr = fc.oneof(
    fc.tuple(fc.nat(63), fc.integer({ min: 26, max: 32 })).map(([n, prefix]) => `52.0.0.${n}/${prefix}`),
    fc.tuple(fc.nat(63), fc.integer({ min: 122, max: 128 })).map(([n, p]) => `2600::${n.toString(16)}/${p}`),
  );
  const someRule = fc
    .record({
      protocol: fc.constantFrom('tcp', 'tcp', 'udp', 'all', '50', 'icmp'),
      range: fc.tuple(fc.constantFrom(...ports), fc.constantFrom(...ports)),
      cidr: someCidr,
      ingress: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    })
    .map(({ protocol, range, cidr, ingress }) => {
      const [from, to] = range.toSorted((a, b) => a - b);
      const spelled = protocol === 'tcp' || protocol === 'udp' ? `${protocol}/${from}-${to}` : protocol;
      return rule(`${spelled} ${ingress ? 'from' : 'to'} ${cidr}`);
    });
  const someGroup = fc
    .array(someRule, { maxLength: 7 })
    .map((rules) => group(rules.map((one, n) => ({ ...one, id: `sgr-${n}` }))));
  const options = { maxAddresses: { v4: 8, v6Prefix: 125 } };
  const isAllowed = ({ protocol, port }: Packet) =>
    protocol.startsWith('icmp') || (port === 443 && protocol !== '50') || (port === 80 && protocol === 'tcp');
  const doors = [
    ...ports.flatMap((port) => ['tcp', 'udp'].map((protocol) => ({ protocol, port }))),
    ...['50', 'icmp'].map((protocol) => ({ protocol, port: 0 })),
  ];
  const packetsAt = (door: { protocol: string; port: number }, addresses: string[]): Packet[] =>
    addresses.map((address) => ({ direction: 'ingress', ...door, address }));
  const passesIn = (state: FirewallState, packet: Packet) => passes.firewall?.(state, packet) ?? false;

  /** Doors that are open to more than 8 addresses that are not trusted, counted one by one. */
  function wideDoors(state: FirewallState, trusted: string[]): Packet[] {
    return doors.flatMap((door) =>
      [v4, v6].flatMap((addresses) => {
        const open = packetsAt(door, addresses)
          .filter((packet) => !isAllowed(packet) && !trusted.some((cidr) => isIn(cidr, packet.address)))
          .filter((packet) => passesIn(state, packet));
        return open.length > 8 ? open.slice(0, 1) : [];
      }),
    );
  }

  test.each([false, true])('replaceWithTrusted %s', (replaceWithTrusted) => {
    fc.assert(
      fc.property(someGroup, fc.array(someCidr, { maxLength: 2 }), (state, trusted) => {
        const given = settings(publicPort.options.parse({ ...options, replaceWithTrusted }), trusted);
        const finding = publicPort.check(state, given);
        expect(finding !== null).toBe(wideDoors(state, trusted).length > 0);
        if (!finding) return;

        const after = afterChanges(state, publicPort.fix(state, finding.exposures, given));
        expect(wideDoors(after, trusted)).toEqual([]);
        expect(publicPort.check(after, given)).toBeNull();
        for (const packet of doors.flatMap((door) => packetsAt(door, [...v4, ...v6]))) {
          // ICMP of the other family is no traffic.
          if (packet.protocol === 'icmp' && packet.address.includes(':')) continue;
          const before = passesIn(state, packet);
          const now = passesIn(after, packet);
          expect(now && !before).toBe(false);
          if (isAllowed(packet)) expect(now).toBe(before);
          if (replaceWithTrusted && trusted.some((cidr) => isIn(cidr, packet.address)))
            expect(now).toBe(before);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('of the exposures that are no question, each entry alone is wider than the limit or the world is split', () => {
    fc.assert(
      fc.property(someGroup, (state) => {
        for (const { id, ask } of publicPort.check(state, settings(publicPort.options.parse(options)))
          ?.exposures ?? []) {
          const one = state.rules.find((r) => r.id === id);
          const cidr = one?.peer.type === 'cidr' ? one.peer.cidr : '';
          const size = [...v4, ...v6].filter((address) => isIn(cidr, address)).length;
          expect(ask === undefined).toBe(size > 8);
        }
      }),
      { numRuns: 60 },
    );
  });
});
