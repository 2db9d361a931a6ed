/** Protocol and ports as EC2's calls spell them: names or IANA numbers, -1 for any. */

const names: ReadonlyMap<string, string> = new Map([
  ['-1', 'all'],
  ['1', 'icmp'],
  ['6', 'tcp'],
  ['17', 'udp'],
  ['58', 'icmpv6'],
]);

/** Null for a protocol that is none, and for ports that are none. */
export function rangeOf(said: string, from: unknown, to: unknown) {
  const protocol = names.get(said) ?? said.toLowerCase();
  if (!/^(all|tcp|udp|icmp|icmpv6|\d{1,3})$/.test(protocol)) return null;
  const none = { fromPort: null, toPort: null, icmpType: null, icmpCode: null };
  const [first, last] = [numberOf(from), numberOf(to)];
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    return { protocol, ...none, icmpType: first ?? null, icmpCode: last ?? null };
  }
  if (protocol !== 'tcp' && protocol !== 'udp') return { protocol, ...none };
  // EC2 takes neither without ports; what cannot be read as one must not pass for all of them.
  if (first === undefined || last === undefined) return null;
  return { protocol, ...none, fromPort: first, toPort: last };
}

/** Null for any, undefined for what is no number. */
function numberOf(said: unknown): number | null | undefined {
  const value = typeof said === 'string' && /^-?\d{1,5}$/.test(said) ? Number(said) : said;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -1 || value > 65535) return undefined;
  return value === -1 ? null : value;
}
