import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseV4, v4At } from '../../lib/logs/address.ts';
import { bytesOf, textAt } from '../../lib/logs/json-bytes.ts';
import { LineCutter } from '../../lib/logs/lines.ts';
import { detectors } from '../../lib/waf/detectors/detectors.ts';
import { AwsWafBytes } from '../../lib/waf/formats/aws-waf-bytes.ts';
import { RequestReader, readOne } from '../../lib/waf/formats/formats.ts';
import { mayNameUser } from '../../lib/waf/login.ts';
import { isPlainQuery } from '../../lib/waf/plain-query.ts';
import type { Request } from '../../lib/waf/request.ts';

/** What the quick way says of one line; null where it leaves it to the slow way. */
function quickly(reader: AwsWafBytes, text: string): Omit<Request, 'alike'> | null {
  const bytes = bytesOf(Buffer.from(`${text}\n`));
  if (reader.read(bytes, 0) !== bytes.one.length || !reader.alike) return null;
  const { timeMs, sender, query, alike } = reader;
  const texts = {
    sender: textAt(bytes, sender.from, sender.to),
    query: textAt(bytes, query.from, query.to),
  };
  return { ...alike, ...texts, timeMs, forwardedFor: '', user: '' };
}

function slowly(text: string): Request | null {
  return readOne(Buffer.from(text).toString('latin1'));
}

const tricky = fc.constantFrom(
  ...['', '-', '],"uri":"/x', '{"name":"User-Agent","value":"x"}', '\\', 'a"b', '[{', '}{"a', '?', 'é', '\t'],
  ...['}{"timestamp":1764000000000', ',"httpRequest":{"clientIp":"192.0.2.9"}', '\u2028'],
);
const value = fc.oneof(fc.string({ maxLength: 30 }), tricky);
const name = fc.constantFrom(
  ...['Host', 'User-Agent', 'user-agent', 'USER-AGENT', 'X-User-Agent', 'x-forwarded-for', 'Upgrade', ''],
);
const header = fc.record({ name: fc.oneof(name, value), value });
const usual = <T>(texts: fc.Arbitrary<T>) => ({ weight: 4, arbitrary: texts });
const record = fc.record({
  action: fc.constantFrom('ALLOW', 'BLOCK', 'COUNT'),
  terminatingRuleType: fc.constantFrom('REGULAR', 'MANAGED_RULE_GROUP'),
  clientIp: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('x')),
  country: fc.oneof(usual(fc.constantFrom('FI', '-')), value),
  headers: fc.array(header, { maxLength: 4 }),
  agent: fc.option(fc.constantFrom('Firefox/131.0', 'curl/8.5.0', ''), { freq: 6 }),
  uri: fc.oneof(usual(fc.webPath()), value),
  args: fc.oneof(usual(fc.webQueryParameters()), value),
  method: fc.oneof(usual(fc.constantFrom('GET', 'POST')), value),
  id: fc.option(fc.oneof(usual(fc.constant('1-x')), value), { nil: undefined }),
  host: fc.oneof(usual(fc.constant('www.example.com')), value),
  status: fc.constantFrom(null, 403, '403'),
  labels: fc.option(fc.constant([{ name: 'awswaf:managed:aws:core-rule-set:GenericRFI' }]), {
    nil: undefined,
  }),
  ja3: fc.option(fc.constant('71912442e2cef8ae6f8ea3aba3fc0da9'), { nil: undefined }),
  ja4: fc.option(fc.oneof(fc.constant('t13d1812h1_91b4e2f43a96_a791466c72b5'), value), { nil: undefined }),
});
/** A line as AWS writes it, and then something more in it or at a place of it: keys twice, damage, another object. */
const line = fc
  .record({
    of: record,
    damage: fc.option(
      fc.record({
        at: fc.nat({ max: 900 }),
        cut: fc.nat({ max: 3 }),
        put: fc.constantFrom(
          ...['', '"', '\\', '}', '{', ',', ' ', '\r', '\u0001', '\\u00e9', '\\x', '5', '}{"timestamp":1'],
          ...[',"action":"BLOCK"', ',"uri":"/y"', ',"clientIp":"192.0.2.7"', ',"timestamp":1764000009999'],
          ...[',"httpRequest":{"clientIp":"192.0.2.8"}', ',"logEvents":[]', '}}', ',"responseCodeSent":404'],
        ),
      }),
      { freq: 2 },
    ),
  })
  .map(({ of, damage }) => {
    const { clientIp, country, uri, args, method, id, host } = of;
    const agent = of.agent === null ? [] : [{ name: 'User-Agent', value: of.agent }];
    const text = JSON.stringify({
      ...{ timestamp: 1764000000000, formatVersion: 1, webaclId: 'arn', terminatingRuleId: 'r' },
      ...{ terminatingRuleType: of.terminatingRuleType, action: of.action, responseCodeSent: of.status },
      httpRequest: {
        ...{ clientIp, country, headers: [...of.headers, ...agent], uri, args, httpVersion: 'HTTP/1.1' },
        ...{ httpMethod: method, requestId: id, host },
      },
      ...{ labels: of.labels, ja3Fingerprint: of.ja3, ja4Fingerprint: of.ja4 },
    });
    if (!damage) return text;
    const at = damage.at % text.length;
    return text.slice(0, at) + damage.put + text.slice(at + damage.cut);
  });

test.each([
  true,
  false,
])('the quick way says of WAF lines what the slow way says, whatever stands in them (proxies: %s)', (hasProxies) => {
  // One reader for all lines: what it learned of one must not be said of another.
  const reader = new AwsWafBytes(readOne, hasProxies);
  let quick = 0;
  fc.assert(
    fc.property(line, (text) => {
      const read = quickly(reader, text);
      if (read === null) return;
      quick++;
      expect(read).toEqual({ ...slowly(text), ...(!hasProxies && { forwardedFor: '' }) });
    }),
    { numRuns: 5_000 },
  );
  expect(quick).toBeGreaterThan(500);
});

test('a line that says a key twice is read as JSON reads it', () => {
  const text = (behind: string) =>
    `{"timestamp":1764000000000,"action":"ALLOW","httpRequest":{"clientIp":"192.0.2.1","country":"FI","headers":[],"uri":"/","args":"","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"x"${behind}`;
  const reader = new AwsWafBytes(readOne, false);

  for (const behind of ['}}', ',"uri":"/y"}}', '},"action":"BLOCK"}', ',"clientIp":"192.0.2.7"}}', '}']) {
    const read = quickly(reader, text(behind));
    if (read) expect(read).toEqual(slowly(text(behind)));
  }
  expect(quickly(reader, text('},"action":"BLOCK"}'))?.verdict?.blocked).toBe(true);
  expect(quickly(reader, text(',"uri":"/y"}}'))).toBeNull();
  expect(quickly(reader, text(',"clientIp":"192.0.2.7"}}'))).toBeNull();
});

describe('lines are cut alike with and without the quick way', () => {
  const end = fc.constantFrom('\n', '\n', '\r\n', '\n\n', '');
  const other = fc.constantFrom('GET / 404', '{"half', '#Fields: c-ip', ' ');
  const part = fc.tuple(fc.oneof({ weight: 5, arbitrary: line }, other), end);

  test('wherever chunks end', () => {
    let quick = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), fc.integer({ min: 1, max: 3_000 }), (parts, size) => {
        const text = Buffer.from(parts.flat().join(''));
        const [plain, mixed] = [[] as string[], [] as string[]];
        const told = (list: string[]) => (line: string) => list.push(JSON.stringify(allOf(line)));
        const reader = new AwsWafBytes(readOne, false);
        const cutters = [
          new LineCutter({ line: told(plain), tooLong() {} }),
          new LineCutter({
            line: told(mixed),
            tooLong() {},
            quick(bytes, from) {
              const next = reader.read(bytes, from);
              if (next < 0) return -1;
              quick++;
              mixed.push(JSON.stringify(allOf(textAt(bytes, from, next))));
              return next;
            },
          }),
        ];

        for (const cutter of cutters) {
          for (let at = 0; at < text.length; at += size) cutter.push(text.subarray(at, at + size));
          cutter.end();
        }

        // Objects behind each other come one by one or together.
        expect(mixed.flatMap((one) => JSON.parse(one))).toEqual(plain.flatMap((one) => JSON.parse(one)));
      }),
      { numRuns: 400 },
    );
    expect(quick).toBeGreaterThan(100);
  });
});

test('the end of a plain query is seen, and no detector finds anything in one', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'aAcCuUrRlLgGwWeEtTsS019=&_.,~-') });
  const words = fc.array(
    fc.constantFrom('user', 'allow_url_include=1', 'auto_prepend_file', '&', '=', '.', 'or', '1=1', 'login'),
  );
  const query = fc.oneof(
    letters,
    words.map((list) => list.join('')),
    fc.string(),
  );
  const asked = detectors.filter((one) => !one.isOfAlike).map((one) => one.matching(one.options.parse({})));
  const path = fc.constantFrom('/', '/login', '/..%2f..%2fetc/passwd', '/a%00');
  const agent = fc.constantFrom('Firefox', '() { :;};', '$' + '{jndi:ldap://x}', null);
  let plain = 0;
  fc.assert(
    fc.property(query, path, agent, (query, path, userAgent) => {
      const bytes = Buffer.from(query);
      if (!isPlainQuery(bytesOf(bytes), 0, bytes.length)) return;
      plain++;
      const of = { timeMs: 1, sender: '', forwardedFor: '', method: 'GET', path, status: 404, userAgent };
      const request = { ...of, user: '', verdict: null, country: '', tls: '', query };
      const key = { hi: 1, lo: 1 };

      expect(mayNameUser(request)).toBe(false);
      for (const isMatch of asked) {
        expect(isMatch(request, key)).toBe(isMatch({ ...request, query: '' }, key));
      }
    }),
    { numRuns: 4_000 },
  );
  expect(plain).toBeGreaterThan(300);
});

test('an address is read from bytes as from text', () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.string({ unit: fc.constantFrom(...'0129.5'), maxLength: 16 }),
    fc.ipV6(),
  );
  fc.assert(
    fc.property(text, (text) => {
      expect(v4At(Buffer.from(`x${text}y`), 1, text.length + 1)).toBe(parseV4(text));
    }),
  );
});

/** Every request in a line, one by one, as the slow way reads it. */
function allOf(line: string): unknown[] {
  const found: unknown[] = [];
  for (const one of line.split(/[\r\n]+/)) {
    if (one !== '') new RequestReader((parsed) => found.push(parsed)).read(one);
  }
  return found;
}
