import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTraffic, parseTrafficList, TrafficList } from '../../lib/net/ports.ts';
import {
  commonTraffic,
  covers,
  joinTraffic,
  type Traffic,
  trafficOf,
  withoutTraffic,
} from '../../lib/net/traffic.ts';

describe('an entry of allow', () => {
  test.each([
    ['one port', 'tcp/80', 'tcp', 80, true],
    ['of that protocol only', 'tcp/80', 'udp', 80, false],
    ['a range, its ends included', 'tcp/8000-8100', 'tcp', 8100, true],
    ['and nothing behind it', 'tcp/8000-8100', 'tcp', 8101, false],
    ['a bare protocol is all its ports', 'tcp', 'tcp', 65535, true],
    ['icmp covers ICMPv6', 'icmp', 'icmpv6', 0, true],
    ['icmpv6 alone does not cover ICMP', 'icmpv6', 'icmp', 0, false],
    ['a protocol number', '50', '50', 0, true],
    ['a number that has a name', '6/22', 'tcp', 22, true],
    ['a name that has a number', 'esp', '50', 0, true],
    ['capitals do no harm', 'TCP/22', 'tcp', 22, true],
  ])('%s: %s on %s/%i is %s', (_sentence, entry, protocol, port, covered) => {
    expect(covers(parseTraffic(entry), protocol, port)).toBe(covered);
  });

  test.each([
    ['', 'no protocol'],
    ['http', 'no protocol'],
    ['all', 'no protocol'],
    ['constructor', 'no protocol'],
    ['256', 'no protocol'],
    ['80', ''],
    ['tcp/', 'a port is'],
    ['tcp/http', 'a port is'],
    ['tcp/-1', 'a port is'],
    ['tcp/65536', 'a port is'],
    ['tcp/99999999', 'a port is'],
    ['tcp/90-80', 'ends before it starts'],
    ['tcp/80/tcp', 'write tcp/80'],
    ['icmp/8', 'has no ports'],
    ['50/1', 'has no ports'],
  ])('%j is told what is wrong', (entry, message) => {
    if (message === '') return expect(parseTraffic(entry).named.has('80')).toBe(true);
    const parsed = TrafficList.safeParse([entry]);
    expect(parsed.error?.issues[0]?.message).toContain(message);
    expect(parsed.error?.issues[0]?.message).toContain(JSON.stringify(entry));
    expect(parsed.error?.issues[0]?.path).toEqual([0]);
    return undefined;
  });
});

describe('what a rule means', () => {
  test.each([
    ['ports of ICMP are types, not ports', { protocol: 'icmp', fromPort: 8, toPort: 0 }, 'icmp', 3, true],
    ['open ends are all ports', { protocol: 'tcp', fromPort: null, toPort: null }, 'tcp', 65535, true],
    ['-1 is all ports', { protocol: 'udp', fromPort: -1, toPort: -1 }, 'udp', 53, true],
    ['all is every protocol', { protocol: 'all', fromPort: null, toPort: null }, '132', 9, true],
    ['a numbered protocol has a name', { protocol: '17', fromPort: 53, toPort: 53 }, 'udp', 53, true],
    [
      'a range that ends before it starts is empty',
      { protocol: 'tcp', fromPort: 9, toPort: 8 },
      'tcp',
      9,
      false,
    ],
  ])('%s', (_sentence, rule, protocol, port, covered) => {
    expect(covers(trafficOf(rule), protocol, port)).toBe(covered);
  });
});

const protocols = ['tcp', 'udp', '50'];
const someTraffic: fc.Arbitrary<Traffic> = fc
  .array(
    fc.record({
      protocol: fc.constantFrom('tcp', 'udp', 'all'),
      fromPort: fc.nat(15),
      toPort: fc.nat(15),
    }),
    { maxLength: 5 },
  )
  .map((rules) => joinTraffic(rules.map(trafficOf)));

test.each([
  ['joined', (a: Traffic, b: Traffic) => joinTraffic([a, b]), (a: boolean, b: boolean) => a || b],
  ['left', withoutTraffic, (a: boolean, b: boolean) => a && !b],
  ['common', commonTraffic, (a: boolean, b: boolean) => a && b],
])('traffic agrees with asking port by port: %s', (_name, of, by) => {
  // Subtracting twice makes sets that are "every protocol except".
  const shapes = fc.tuple(someTraffic, someTraffic).map(([a, b]) => withoutTraffic(a, b));
  fc.assert(
    fc.property(shapes, shapes, (a, b) => {
      const result = of(a, b);
      for (const protocol of protocols) {
        for (let port = 0; port < 18; port++) {
          expect(covers(result, protocol, port)).toBe(
            by(covers(a, protocol, port), covers(b, protocol, port)),
          );
        }
      }
    }),
  );
});

test('an empty list allows nothing', () => {
  expect(parseTrafficList([]).named.size).toBe(0);
});
