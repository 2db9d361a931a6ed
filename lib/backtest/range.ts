/** Protocol and ports as EC2's calls spell them: names or IANA numbers, -1 for any. */

const names: { [said: string]: string } = {
  '-1': 'all',
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
};

export function rangeOf(said: string, from: unknown, to: unknown) {
  const protocol = names[said] ?? said.toLowerCase();
  const none = { fromPort: null, toPort: null, icmpType: null, icmpCode: null };
  const [first, last] = [numberOf(from), numberOf(to)];
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    return { protocol, ...none, icmpType: first, icmpCode: last };
  }
  if (protocol === 'tcp' || protocol === 'udp') return { protocol, ...none, fromPort: first, toPort: last };
  return { protocol, ...none };
}

function numberOf(said: unknown): number | null {
  const value = typeof said === 'string' && said !== '' ? Number(said) : said;
  return typeof value === 'number' && Number.isInteger(value) && value !== -1 ? value : null;
}
