import { describe, expect, test } from 'vitest';
import { isExploit } from '../../lib/waf/detectors/exploit.ts';
import { isInjection } from '../../lib/waf/detectors/injection.ts';
import { signedMax } from '../../lib/waf/paths.ts';
import type { Request } from '../../lib/waf/request.ts';
import { growthOf, hashOf, known, nameOf, patternsOfProduct } from './patterns.ts';

/** Patterns whose time grows faster than the text, by the start of their source, and what bounds the text. */
const bounded: readonly (readonly [start: string, why: string])[] = [
  ['/\\/+$/', 'an address that the operator wrote'],
  ['/=+$/', 'base64 that this program made itself'],
  ['/(?:\\.\\.[/\\\\]){2}.{0,60}', 'cut at signedMax'],
  ['/(?:wget|curl)', 'cut at signedMax'],
  ['/allow_url_include', 'cut at signedMax'],
  ["/'\\s*(?:or|and)\\s+", 'cut at signedMax'],
  ['/<\\s*(?:\\/\\s*)?script', 'cut at signedMax'],
  ['/(?:^|[;|&`\\n])\\s{0,20}', 'cut at signedMax'],
  ['/\\b(?:system|shell_exec', 'cut at signedMax'],
  ['/\\b[a-z][a-z0-9+.-]{0,30}', 'each of its counts is'],
  ['/<[^<>]*@[^<>]*>/', 'a banner of 1,000 bytes at most'],
  ['/[;,]?\\s*(\\w{3}, )?', 'a banner of 1,000 bytes at most'],
  ['/<host\\b', "nmap's own output, which escapes what it heard"],
  ['/<port protocol', "nmap's own output, which escapes what it heard"],
  ['/<service name', "nmap's own output, which escapes what it heard"],
  ['/^(diffie-hellman', 'names of 64 letters at most'],
  ['/^(none|arcfour', 'names of 64 letters at most'],
  ['/(:assumed-role', 'an ARN of STS'],
];

const whyBounded = (name: string) => bounded.find(([start]) => name.startsWith(start))?.[1];

test('no pattern takes for ever on what a stranger wrote (npm run patterns remembers the harmless ones)', () => {
  const remembered = known();
  const open = patternsOfProduct().filter(
    (one) => !remembered.has(hashOf(one)) && whyBounded(nameOf(one)) === undefined,
  );

  // What nobody has looked at yet is looked at now.
  expect(
    open
      .map((one) => [one.where, nameOf(one), growthOf(one, 20_000)])
      .filter(([, , growth]) => growth !== 'safe'),
  ).toEqual([]);
}, 300_000);

test('no reason outlives its pattern', () => {
  const names = patternsOfProduct().map(nameOf);

  expect(bounded.filter(([start]) => !names.some((name) => name.startsWith(start)))).toEqual([]);
});

describe('a request that is made to be expensive', () => {
  const request = (path: string): Request =>
    ({
      atMs: 0,
      client: '203.0.113.9',
      method: 'GET',
      path,
      query: path,
      status: 200,
      userAgent: path,
      verdict: null,
      host: null,
      country: null,
      ja4: null,
    }) as unknown as Request;
  const pumps = [
    '../',
    '..\\',
    '<',
    '< ',
    '<\t',
    '<img ',
    '<img on',
    '<script ',
    "' or ",
    "' or '",
    "' or 1=",
    ';\n',
    '|\t',
    'curl ',
    'curl -',
    'curl http://',
    'http://;',
    ';F',
    '() {',
    'allow_url_include=1',
    'union(',
    '/?*[',
    '{,a',
    'sleep (',
  ];
  const ofLength = (length: number) => (pump: string) => pump.repeat(Math.ceil(length / pump.length));

  /** How many times longer a text four times as long takes, where it takes long enough to tell. */
  test.each(pumps)('%j', (pump) => {
    const timeMs = (text: string) => {
      const begin = performance.now();
      isInjection(request(`curl http://h ${text}\n`));
      isExploit(request(`curl http://h ${text}\n`));
      return performance.now() - begin;
    };
    timeMs(ofLength(1000)(pump));

    // A whole second of one core for one request would let a few clients stop the analysis.
    expect(timeMs(ofLength(signedMax)(pump))).toBeLessThan(1000);
    expect(timeMs(ofLength(signedMax * 64)(pump))).toBeLessThan(1000);
  });
});
