import ipaddr from 'ipaddr.js';
import { TerminalError } from '../errors.ts';

/** Sets of addresses. Families never mix: an IPv4 address in its IPv6 spelling (v4-mapped) is IPv4. */

export type Family = 'v4' | 'v6';
export const families = ['v4', 'v6'] as const;

/** First and last address, both inside. */
export type AddressRange = readonly [first: bigint, last: bigint];

/** Sorted, disjoint and not touching, so that equal sets are deeply equal. */
export interface AddressSet {
  readonly v4: readonly AddressRange[];
  readonly v6: readonly AddressRange[];
}

export const noAddresses: AddressSet = { v4: [], v6: [] };

const bitsOf = { v4: 32, v6: 128 } as const;

/** One block, in any spelling; host bits are ignored and a bare address is one address. */
export function parseCidr(text: string): { family: Family; range: AddressRange; prefix: number } {
  const [host = '', prefixText, ...rest] = text.trim().split('/');
  if (rest.length > 0) throw new TerminalError(`${JSON.stringify(text)} is no address or CIDR block`);
  const address = parseAddress(host, text);
  const mapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  const prefix = prefixText === undefined ? bits : parsePrefix(prefixText, bits, text);
  const folded = mapped && prefix >= 96;
  const family = bits === 32 || folded ? 'v4' : 'v6';
  const own = folded ? prefix - 96 : prefix;
  const value = toNumber(address) & ((1n << BigInt(bitsOf[family])) - 1n);
  return { family, range: blockAround(value, own, bitsOf[family]), prefix: own };
}

function parseAddress(host: string, text: string): ipaddr.IPv4 | ipaddr.IPv6 {
  // ipaddr.js also takes 010.1, 0x7f.1 and zone ids, which mean different things to different systems.
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return ipaddr.IPv4.parse(host);
  if (host.includes(':') && !host.includes('%') && ipaddr.IPv6.isValid(host)) return ipaddr.IPv6.parse(host);
  throw new TerminalError(`${JSON.stringify(text)} is no address or CIDR block`);
}

function parsePrefix(prefixText: string, bits: number, text: string): number {
  const prefix = Number(prefixText);
  if (/^(0|[1-9]\d{0,2})$/.test(prefixText) && prefix <= bits) return prefix;
  throw new TerminalError(`${JSON.stringify(text)} has no prefix length between 0 and ${bits}`);
}

function toNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function blockAround(value: bigint, prefix: number, bits: number): AddressRange {
  const size = 1n << BigInt(bits - prefix);
  const first = (value / size) * size;
  return [first, first + size - 1n];
}

/** Throws TerminalError that names the first block that cannot be read. */
export function addressSet(cidrs: readonly string[]): AddressSet {
  const blocks = cidrs.map(parseCidr);
  const rangesOf = (family: Family) => blocks.filter((b) => b.family === family).map((b) => b.range);
  return { v4: merged(rangesOf('v4')), v6: merged(rangesOf('v6')) };
}

function merged(ranges: readonly AddressRange[]): AddressRange[] {
  const out: AddressRange[] = [];
  for (const [first, last] of ranges.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))) {
    const before = out.at(-1);
    if (before === undefined || first > before[1] + 1n) out.push([first, last]);
    else if (last > before[1]) out[out.length - 1] = [before[0], last];
  }
  return out;
}

export function union(...sets: readonly AddressSet[]): AddressSet {
  return { v4: merged(sets.flatMap((s) => s.v4)), v6: merged(sets.flatMap((s) => s.v6)) };
}

export function subtract(from: AddressSet, taken: AddressSet): AddressSet {
  return { v4: without(from.v4, taken.v4), v6: without(from.v6, taken.v6) };
}

function without(from: readonly AddressRange[], taken: readonly AddressRange[]): AddressRange[] {
  const out: AddressRange[] = [];
  let next = 0;
  for (const [first, last] of from) {
    let start = first;
    while (next < taken.length && (taken[next] as AddressRange)[1] < first) next++;
    for (let i = next; i < taken.length && (taken[i] as AddressRange)[0] <= last; i++) {
      const [cutFirst, cutLast] = taken[i] as AddressRange;
      if (cutFirst > start) out.push([start, cutFirst - 1n]);
      if (cutLast + 1n > start) start = cutLast + 1n;
    }
    if (start <= last) out.push([start, last]);
  }
  return out;
}

export function intersect(a: AddressSet, b: AddressSet): AddressSet {
  return subtract(a, subtract(a, b));
}

export function sizeOf(ranges: readonly AddressRange[]): bigint {
  return ranges.reduce((sum, [first, last]) => sum + (last - first + 1n), 0n);
}

export function isEmpty(set: AddressSet): boolean {
  return set.v4.length === 0 && set.v6.length === 0;
}

/** Whether one address (in any spelling) is in the set. */
export function contains(set: AddressSet, address: string): boolean {
  const { family, range } = parseCidr(address);
  return set[family].some(([first, last]) => first <= range[0] && range[1] <= last);
}

/** The fewest blocks that make up exactly this set, IPv4 first. */
export function toCidrs(set: AddressSet): string[] {
  return families.flatMap((family) => set[family].flatMap((range) => blocksOf(range, family)));
}

function blocksOf([first, last]: AddressRange, family: Family): string[] {
  const bits = bitsOf[family];
  const blocks: string[] = [];
  for (let start = first; start <= last; ) {
    let hostBits = 0;
    while (hostBits < bits) {
      const size = 1n << BigInt(hostBits + 1);
      if (start % size !== 0n || start + size - 1n > last) break;
      hostBits++;
    }
    blocks.push(`${spell(start, family)}/${bits - hostBits}`);
    start += 1n << BigInt(hostBits);
  }
  return blocks;
}

function spell(value: bigint, family: Family): string {
  const length = bitsOf[family] / 8;
  const bytes = Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}
