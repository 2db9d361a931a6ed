import { describePeer, type Peer } from '../kinds/firewall.ts';
import { type AddressSet, type Family, families, sizeOf } from '../net/addresses.ts';

/** More than half of the addresses in use (all of IPv4, 2000::/3 of IPv6) is, to a reader, everybody. */
const everybody: { [family in Family]: bigint } = { v4: 1n << 31n, v6: 1n << 124n };

/** `the whole internet (0.0.0.0/0)`, `16,777,216 addresses (52.0.0.0/8)`. `addresses`: the public part of the peer. */
export function describeAddresses(
  addresses: AddressSet,
  peer: Peer,
  together: { size: bigint; family: Family } | null,
): string {
  const sizes = families.map((family) => ({ family, size: sizeOf(addresses[family]) }));
  const whole = sizes.some(({ family, size }) => size > everybody[family]);
  const many = sizes.filter(({ size }) => size > 0n).map(({ family, size }) => count(size, family));
  const who = `${whole ? 'the whole internet' : many.join(' and ')} (${describePeer(peer)})`;
  return together ? `${who}, all entries together ${count(together.size, together.family)}` : who;
}

function count(size: bigint, family: Family): string {
  if (family === 'v4') return `${size.toLocaleString('en-US')} ${size === 1n ? 'address' : 'addresses'}`;
  // Nobody reads a number of thirty digits; the exponent says how wide it is.
  const exponent = size.toString(2).length - 1;
  return `${size === 1n << BigInt(exponent) ? '' : 'more than '}2^${exponent} IPv6 addresses`;
}
