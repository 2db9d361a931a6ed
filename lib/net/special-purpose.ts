import { type AddressSet, addressSet, subtract, union } from './addresses.ts';

/**
 * Blocks that the IANA special-purpose registries list as not globally reachable, and the more specific
 * blocks inside them that are listed as reachable or as not applicable.
 * https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
 * https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml
 * Multicast is not in these registries and 2002::/16 is "not applicable" there: neither is left out here.
 */
const notReachable = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
];

const reachableInside = [
  '192.0.0.9/32',
  '192.0.0.10/32',
  '2001::/32',
  '2001:1::1/128',
  '2001:1::2/128',
  '2001:1::3/128',
  '2001:3::/32',
  '2001:4:112::/48',
  '2001:10::/28',
  '2001:20::/28',
  '2001:30::/28',
];

/** ::ffff:0:0/96, which a parsed CIDR never yields by itself (it is IPv4) but ::/0 covers. */
const mapped: AddressSet = { v4: [], v6: [[0xffff_0000_0000n, 0xffff_ffff_ffffn]] };

export const nonGlobal: AddressSet = union(
  subtract(addressSet(notReachable), addressSet(reachableInside)),
  mapped,
);

/** The part of these addresses that anybody on the internet could have and that nobody declared trusted. */
export function publicPart(admitted: AddressSet, trusted: AddressSet): AddressSet {
  return subtract(subtract(admitted, trusted), nonGlobal);
}
