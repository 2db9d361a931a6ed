import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What is wrong with a network of the policy file, or null. Host bits are refused: they are a slip of the pen. */
export function wrongNetwork(cidr: string): string | null {
  // ipaddr.js alone reads 010.0.0.0 as octal and 10/8 as an address.
  if (isIP(cidr.split('/')[0] ?? '') === 0 || !/\/\d{1,3}$/.test(cidr) || !ipaddr.isValidCIDR(cidr)) {
    return 'expected a network such as 198.51.100.0/24 or 2001:db8::/32';
  }
  const [address, length] = ipaddr.parseCIDR(cidr);
  if (length === 0) return 'expected a network smaller than the whole internet';
  const network = networkOf(address, length);
  return network === address.toString() ? null : `host bits are set; expected ${network}/${length}`;
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, length - 8 * index));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return ipaddr.fromByteArray(bytes).toString();
}
