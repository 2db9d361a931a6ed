/**
 * The protocol names that Neutron takes, as IANA numbers. It keeps what was written, name or number, so that
 * `6` and `tcp` are one protocol with two spellings.
 * https://docs.openstack.org/api-ref/network/v2/#security-group-rules-security-group-rules
 */
const numbers: { [name: string]: string } = {
  ah: '51',
  dccp: '33',
  egp: '8',
  esp: '50',
  gre: '47',
  icmp: '1',
  igmp: '2',
  ipip: '4',
  'ipv6-encap': '41',
  'ipv6-frag': '44',
  'ipv6-icmp': '58',
  icmpv6: '58',
  'ipv6-nonxt': '59',
  'ipv6-opts': '60',
  'ipv6-route': '43',
  ospf: '89',
  pgm: '113',
  rsvp: '46',
  sctp: '132',
  tcp: '6',
  udp: '17',
  udplite: '136',
  vrrp: '112',
};
const ours: { [number: string]: string } = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

/** `hopopt` is number 0, which the drivers take for every protocol, as `ip`, `any` and null. */
const every = new Set(['0', 'any', 'ip', 'hopopt']);

/** Neutron's protocol as the firewall kind writes it: `tcp`, `icmpv6`, `all`, or a number as text. */
export function protocolOf(said: string | null, ethertype: string): string {
  const name = said?.toLowerCase() ?? 'any';
  if (every.has(name)) return 'all';
  const number = numbers[name] ?? name;
  // Neutron turns icmp of IPv6 into ipv6-icmp; older rules still stand as they were written.
  if (number === '1' && ethertype === 'IPv6') return 'icmpv6';
  return ours[number] ?? number;
}

/** What to ask Neutron for when the rule did not come from it. */
export function saidOf(protocol: string): string | null {
  if (protocol === 'all') return null;
  return protocol === 'icmpv6' ? 'ipv6-icmp' : protocol;
}
