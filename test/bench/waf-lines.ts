/** A seeded generator of WAF log lines of the usual size (1.3 KB), with offenders that are known beforehand. */

/** A small, fast generator of numbers that are the same on every machine. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Generated {
  offenders: string[];
}

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
];
const paths =
  '/ /index.html /api/v1/items /api/v1/cart /static/app.js /static/app.css /images/logo.png /search /about'.split(
    ' ',
  );
const countries = 'FI SE DE US GB FR NL EE'.split(' ');

/** Calls `write` with every line. A hundredth of the traffic is of twenty clients: some probe, some guess, some are only busy. */
export function generateWafLines(count: number, seed: number, write: (line: string) => void): Generated {
  const random = mulberry32(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const startMs = Date.parse('2026-11-24T10:00:00Z');
  const offenders = Array.from({ length: 20 }, (_, index) => `203.0.113.${index + 1}`);
  const sent = new Map<string, { count: number; limit: number }>();
  for (let index = 0; index < count; index++) {
    const timeMs = startMs + Math.floor(index / 2);
    const isBad = random() < 0.01;
    const bad = Math.floor(random() * offenders.length);
    const client = isBad
      ? (offenders[bad] ?? '')
      : `198.${18 + Math.floor(random() * 2)}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`;
    // Those who ask for pages only are busy, and below every limit.
    if (isBad && bad % 3 !== 2)
      sent.set(client, { count: (sent.get(client)?.count ?? 0) + 1, limit: bad % 3 === 0 ? 2 : 10 });
    const uri = isBad ? (bad % 3 === 0 ? '/.env' : bad % 3 === 1 ? '/login' : '/') : pick(paths);
    write(line(timeMs, client, uri, pick(agents), pick(countries), random));
  }
  const over = [...sent].filter(([, { count, limit }]) => count > limit);
  return { offenders: over.map(([client]) => client).sort() };
}

function line(
  timeMs: number,
  client: string,
  uri: string,
  agent: string,
  country: string,
  random: () => number,
): string {
  const id = Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  return JSON.stringify({
    timestamp: timeMs,
    formatVersion: 1,
    webaclId:
      'arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/main/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
    terminatingRuleId: 'Default_Action',
    terminatingRuleType: 'REGULAR',
    action: 'ALLOW',
    terminatingRuleMatchDetails: [],
    httpSourceName: 'ALB',
    httpSourceId: '123456789012-app/main/490d68edf04676fe',
    ruleGroupList: [
      {
        ruleGroupId: 'AWS#AWSManagedRulesCommonRuleSet',
        terminatingRule: null,
        nonTerminatingMatchingRules: [],
        excludedRules: null,
        customerConfig: null,
      },
    ],
    rateBasedRuleList: [],
    nonTerminatingMatchingRules: [],
    requestHeadersInserted: null,
    responseCodeSent: null,
    httpRequest: {
      clientIp: client,
      country,
      headers: [
        { name: 'Host', value: 'www.example.com' },
        { name: 'User-Agent', value: agent },
        { name: 'Accept', value: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
        { name: 'Accept-Language', value: 'en-US,en;q=0.5' },
        { name: 'Accept-Encoding', value: 'gzip, deflate, br' },
        { name: 'Connection', value: 'keep-alive' },
        { name: 'Referer', value: 'https://www.example.com/' },
        { name: 'Cookie', value: `session=${id}${id}; theme=dark` },
      ],
      uri,
      args: `page=${Math.floor(random() * 100)}&id=${id}`,
      httpVersion: 'HTTP/1.1',
      httpMethod: 'GET',
      requestId: `1-${id}-${id}${id}${id}`,
      fragment: '',
      scheme: 'https',
      host: 'www.example.com',
    },
    ja3Fingerprint: '71912442e2cef8ae6f8ea3aba3fc0da9',
    ja4Fingerprint: 't13d1812h1_91b4e2f43a96_a791466c72b5',
  });
}
