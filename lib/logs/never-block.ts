import { Networks, networkOf } from './networks.ts';

/**
 * Private, shared, loopback, link-local, multicast and reserved ranges: behind such an address stand people who
 * have nothing to do with each other, or we ourselves. Documentation ranges are not among them.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const nobodysRanges = new Networks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]);

/**
 * A block there shuts out everybody who comes through them. Cloudflare's, Fastly's and most of CloudFront's, for when
 * nothing was downloaded yet: https://www.cloudflare.com/ips/, https://api.fastly.com/public-ip-list,
 * https://ip-ranges.amazonaws.com/ip-ranges.json
 */
const cdnRanges = new Networks(
  `23.235.32.0/20 43.249.72.0/22 103.244.50.0/24 103.245.222.0/23 103.245.224.0/24 104.156.80.0/20 140.248.64.0/18
140.248.128.0/17 146.75.0.0/17 151.101.0.0/16 157.52.64.0/18 167.82.0.0/17 167.82.128.0/20 167.82.160.0/20
167.82.224.0/20 172.111.64.0/18 185.31.16.0/22 199.27.72.0/21 199.232.0.0/16 2a04:4e40::/32 2a04:4e42::/32
13.32.0.0/15 13.35.0.0/16 13.224.0.0/14 13.249.0.0/16 18.64.0.0/14 18.68.0.0/16 18.154.0.0/15 18.160.0.0/15
18.164.0.0/15 18.172.0.0/15 18.238.0.0/15 18.244.0.0/15 52.84.0.0/15 52.222.128.0/17 54.182.0.0/16 54.192.0.0/16
54.230.0.0/17 54.230.128.0/18 54.239.128.0/18 54.239.192.0/19 54.240.128.0/18 64.252.64.0/18 64.252.128.0/18
65.8.0.0/16 65.9.0.0/17 65.9.128.0/18 70.132.0.0/18 71.152.0.0/17 99.84.0.0/16 99.86.0.0/16 108.138.0.0/15
108.156.0.0/14 130.176.0.0/17 130.176.128.0/18 143.204.0.0/16 204.246.164.0/22 204.246.168.0/22 205.251.192.0/19
216.137.32.0/19
173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 190.93.240.0/20
188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13
131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29
2c0f:f248::/32`.split(/\s+/),
);

/** https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetCheckerIpRanges.html */
const healthCheckers = new Networks(
  `15.177.0.0/18 54.183.255.128/26 54.228.16.0/26 54.232.40.64/26 54.241.32.64/26 54.243.31.192/26 54.244.52.192/26
54.245.168.0/26 54.248.220.0/26 54.250.253.192/26 54.251.31.128/26 54.252.79.128/26 54.252.254.192/26 54.255.254.192/26
107.23.255.0/26 176.34.159.192/26 177.71.207.128/26`.split(/\s+/),
);

/** Wider than this is a country, not a client. */
const widest = { v4: 16, v6: 32 };

export interface NeverBlock {
  trusted: Networks;
  proxies: Networks;
  /** The account's own addresses, and what the policy adds. */
  own: Networks;
  /** Those that proved to be one. */
  crawlers: Networks;
}

/** Why an address or prefix must not be blocked, or null. */
export function whyNeverBlocked(
  client: string,
  { trusted, proxies, own, crawlers }: NeverBlock,
): string | null {
  const network = networkOf(client);
  if (!network) return 'it is no address';
  if (network.prefix < (network.v6 ? widest.v6 : widest.v4)) return 'it is wider than a client can be';
  const inTrusted = trusted.touching(client);
  if (inTrusted) return `it is in the trusted network ${inTrusted}`;
  const inProxies = proxies.touching(client);
  if (inProxies) return `it is in the proxy network ${inProxies}`;
  const inOwn = own.touching(client);
  if (inOwn) return `it is in ${inOwn}, which is never blocked`;
  if (crawlers.has(client)) return 'it is a crawler, and the DNS vouches for it';
  const inCheckers = healthCheckers.touching(client);
  if (inCheckers) return `it is in the range ${inCheckers} of Route 53's health checkers`;
  const inNobodys = nobodysRanges.touching(client);
  if (inNobodys) return `it is in the private or reserved range ${inNobodys}`;
  const inCdn = cdnRanges.touching(client);
  return inCdn ? `it is in the range ${inCdn} of a content delivery network` : null;
}
