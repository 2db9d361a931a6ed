import { type ClientKey, clientKey } from '../logs/address.ts';
import type { Networks } from '../logs/networks.ts';
import type { Request } from './request.ts';

/**
 * The address that cannot be forged: the far end of the connection, or, where that is one of our proxies, what
 * the proxy says it was, read from the right up to the first address that is no proxy of ours. What stands
 * further left was written by the client.
 */
export function clientOf({ sender, forwardedFor }: Request, proxies: Networks): ClientKey | null {
  if (proxies.isEmpty || forwardedFor === '' || !proxies.has(sender)) return clientKey(sender);
  const hops = forwardedFor.split(',');
  for (let at = hops.length - 1; at >= 0; at--) {
    const hop = withoutPort((hops[at] ?? '').trim());
    const key = clientKey(hop);
    // A proxy of ours writes addresses; anything else means that we do not know who it was.
    if (!key) return null;
    if (!proxies.has(hop)) return key;
  }
  return clientKey(sender);
}

/** `192.0.2.1:443` and `[2001:db8::1]:443`, as some balancers write. */
function withoutPort(hop: string): string {
  return hop.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/^(\[.+\]):\d+$/, '$1');
}
