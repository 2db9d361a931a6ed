import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AddressRange,
  type AddressSet,
  addressSet,
  contains,
  intersect,
  isEmpty,
  sizeOf,
  subtract,
  toCidrs,
  union,
} from '../../lib/net/addresses.ts';
import { nonGlobal, publicPart } from '../../lib/net/special-purpose.ts';

describe('a block is what it means, not how it is spelled', () => {
  test.each([
    ['host bits are ignored', '10.1.2.3/8', '10.0.0.0/8'],
    ['a bare address is one address', '192.0.2.1', '192.0.2.1/32'],
    ['a bare IPv6 address too', '2001:db8::1', '2001:db8::1/128'],
    ['zeros may be written out', '2001:0DB8:0000:0000:0000:0000:0000:0000/32', '2001:db8::/32'],
    ['all of IPv6 has many spellings', '0:0:0:0:0:0:0:0/0', '::/0'],
    ['IPv6 host bits are ignored', 'ffff::1/0', '::/0'],
    ['a v4-mapped address is IPv4', '::ffff:192.0.2.1', '192.0.2.1/32'],
    ['a v4-mapped block in hexadecimals too', '::ffff:0a00:0/104', '10.0.0.0/8'],
    ['all v4-mapped addresses are all of IPv4', '::ffff:0:0/96', '0.0.0.0/0'],
    ['a block wider than the mapped ones is IPv6', '::ffff:0:0/90', '::ffc0:0:0/90'],
    ['the last four bytes may be dotted', '64:ff9b::10.0.0.0/104', '64:ff9b::a00:0/104'],
    ['blanks around it do no harm', ' 10.0.0.0/8 ', '10.0.0.0/8'],
  ])('%s: %s', (_sentence, spelled, meant) => {
    expect(toCidrs(addressSet([spelled]))).toEqual([meant]);
  });

  test.each(
    [
      '',
      '/',
      '/8',
      '10.0.0.0/',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/08',
      '10.0.0.0/8/8',
      '10.0.0.0/1e1',
    ].concat(
      [
        '10.0.0',
        '010.0.0.1',
        '0x7f.0.0.1',
        '256.0.0.1',
        '::/129',
        'fe80::1%eth0',
        ':::',
        'localhost',
        '0.0.0.0 /0',
      ],
      ['10.0.0.0/255.0.0.0', '1', '٣.0.0.0/8'],
    ),
  )('%j is an error that names it', (text) => {
    expect(() => addressSet(['10.0.0.0/8', text])).toThrow(JSON.stringify(text));
  });
});

/** The smallest address space in which everything can still happen: 32 addresses, as a set of numbers. */
const someRanges = fc.array(
  fc.tuple(fc.nat(31), fc.nat(31)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  { maxLength: 8 },
);
type Ranges = readonly (readonly [number, number])[];

function setOf(ranges: Ranges): AddressSet {
  return union(
    ...ranges.map(([a, b]): AddressSet => ({ v4: [[BigInt(a), BigInt(b)]], v6: [[BigInt(a), BigInt(b)]] })),
  );
}

function membersOf(ranges: Ranges): Set<number> {
  return new Set(
    Array.from({ length: 32 }, (_, n) => n).filter((n) => ranges.some(([a, b]) => a <= n && n <= b)),
  );
}

function expand(ranges: readonly AddressRange[]): Set<number> {
  return new Set(
    ranges.flatMap(([a, b]) => Array.from({ length: Number(b - a) + 1 }, (_, n) => Number(a) + n)),
  );
}

describe('sets of addresses agree with counting them one by one', () => {
  const check = (
    of: (a: AddressSet, b: AddressSet) => AddressSet,
    by: (a: Set<number>, b: Set<number>) => Set<number>,
  ) =>
    fc.assert(
      fc.property(someRanges, someRanges, (a, b) => {
        const result = of(setOf(a), setOf(b));
        for (const family of ['v4', 'v6'] as const) {
          expect(expand(result[family])).toEqual(by(membersOf(a), membersOf(b)));
          expect(sizeOf(result[family])).toBe(BigInt(by(membersOf(a), membersOf(b)).size));
          expect(isSortedAndApart(result[family])).toBe(true);
        }
      }),
    );

  test('union', () => check(union, (a, b) => new Set([...a, ...b])));
  test('subtract', () => check(subtract, (a, b) => new Set([...a].filter((n) => !b.has(n)))));
  test('intersect', () => check(intersect, (a, b) => new Set([...a].filter((n) => b.has(n)))));

  test('as blocks and back is the same set, and no two blocks overlap', () => {
    fc.assert(
      fc.property(someRanges, (ranges) => {
        const set = setOf(ranges);
        const cidrs = toCidrs(set);
        expect(addressSet(cidrs)).toEqual(set);
        const sum = cidrs.reduce(
          (size, cidr) => size + sizeOf(addressSet([cidr]).v4) + sizeOf(addressSet([cidr]).v6),
          0n,
        );
        expect(sum).toBe(sizeOf(set.v4) + sizeOf(set.v6));
      }),
    );
  });
});

function isSortedAndApart(ranges: readonly AddressRange[]): boolean {
  return ranges.every(([first], i) => i === 0 || first > (ranges[i - 1] as AddressRange)[1] + 1n);
}

describe('public is what anybody on the internet could have', () => {
  test.each([
    ['documentation', '203.0.113.7'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['benchmarking', '198.19.0.1'],
    ['private IPv6', 'fdff::1'],
    ['documentation, the new block', '3fff:fff::1'],
    ['IETF protocol assignments', '192.0.0.8'],
    ['a private address in its IPv6 spelling', '::ffff:10.0.0.1'],
  ])('%s is not: %s', (_sentence, address) => {
    expect(contains(nonGlobal, address)).toBe(true);
    expect(isEmpty(publicPart(addressSet([address]), addressSet([])))).toBe(true);
  });

  test.each([
    ['an ordinary address', '8.8.8.8'],
    ['the address behind carrier-grade NAT', '100.128.0.0'],
    ['a reachable anycast address inside the protocol assignments', '192.0.0.9'],
    ['6to4, which the registry does not call unreachable', '2002::1'],
    ['ordinary IPv6', '2a00:1450::1'],
    ['the address behind the private 172.16/12', '172.32.0.0'],
  ])('%s is: %s', (_sentence, address) => {
    expect(contains(nonGlobal, address)).toBe(false);
  });

  test('trusted networks are left out, whatever their spelling', () => {
    const trusted = addressSet(['::ffff:52.0.0.0/112', '2a00::/16']);
    expect(toCidrs(publicPart(addressSet(['52.0.0.0/15', '2a00::/15']), trusted))).toEqual([
      '52.1.0.0/16',
      '2a01::/16',
    ]);
  });

  test('all of IPv4 keeps more than 3.6 thousand million public addresses', () => {
    expect(sizeOf(publicPart(addressSet(['0.0.0.0/0']), addressSet([])).v4)).toBeGreaterThan(3_600_000_000n);
  });
});
