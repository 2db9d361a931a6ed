import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAwsWaf } from '../../lib/waf/formats/aws-waf.ts';
import { parseAwsWafFast } from '../../lib/waf/formats/aws-waf-fast.ts';
import { RequestReader } from '../../lib/waf/formats/formats.ts';
import type { Parsed, Request } from '../../lib/waf/request.ts';

function parse(...lines: string[]): Parsed[] {
  const parsed: Parsed[] = [];
  const reader = new RequestReader((one) => parsed.push(one));
  for (const line of lines) reader.read(Buffer.from(line).toString('latin1'));
  return parsed;
}

const timeMs = Date.parse('2026-11-24T11:00:00Z');
const agent = 'Mozilla/5.0 (X11; Linux x86_64)';
const request: Partial<Request> = {
  timeMs,
  sender: '203.0.113.5',
  method: 'GET',
  path: '/a/b',
  query: 'c=d',
  status: 404,
  userAgent: agent,
};
const wafRecord = {
  timestamp: timeMs,
  formatVersion: 1,
  webaclId: 'arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/main/1',
  terminatingRuleId: 'Default_Action',
  terminatingRuleType: 'REGULAR',
  action: 'ALLOW',
  httpSourceName: 'ALB',
  ruleGroupList: [],
  nonTerminatingMatchingRules: [],
  responseCodeSent: null,
  httpRequest: {
    clientIp: '203.0.113.5',
    country: 'FI',
    headers: [
      { name: 'Host', value: 'example.com' },
      { name: 'User-Agent', value: agent },
    ],
    uri: '/a/b',
    args: 'c=d',
    httpVersion: 'HTTP/1.1',
    httpMethod: 'GET',
    requestId: '1-2-3',
  },
  ja4Fingerprint: 't13d1812h1_91b4e2f43a96_a791466c72b5',
};
const waf = JSON.stringify(wafRecord);
const alb = `https 2026-11-24T11:00:00.000000Z app/lb/490d68edf04676fe 203.0.113.5:44740 10.0.0.1:80 0.086 0.048 0.037 404 404 0 57 "GET https://www.example.com:443/a/b?c=d HTTP/1.1" "${agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-58" "www.example.com" "arn" 0 2026-11-24T11:00:00.000000Z "forward" "-" "-" "10.0.0.1:80" "404" "-" "-"`;
const cloudFrontFields = [
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for',
];
const cloudFront = `2026-11-24\t11:00:00\tHEL50-C1\t57\t203.0.113.5\tGET\td1.cloudfront.net\t/a/b\t404\t-\t${agent.replaceAll(' ', '%20')}\tc=d\t-\tError\tid\texample.com\thttps\t23\t0.001\t-`;
const cloudFrontJson = JSON.stringify({
  date: '2026-11-24',
  time: '11:00:00',
  'c-ip': '203.0.113.5',
  'cs-method': 'GET',
  'cs-uri-stem': '/a/b',
  'cs-uri-query': 'c=d',
  'sc-status': '404',
  'cs(User-Agent)': agent.replaceAll(' ', '%20'),
});
const combined = `203.0.113.5 - - [24/Nov/2026:13:00:00 +0200] "GET /a/b?c=d HTTP/1.1" 404 153 "-" "${agent}"`;

describe('a request, in every format', () => {
  test.each([
    ['nginx and Apache combined', combined],
    ['combined with X-Forwarded-For', `${combined} "-"`],
    ['combined behind the virtual host', `example.com:443 ${combined}`],
    ['ALB', alb],
    ['CloudFront standard', cloudFront],
    ['CloudFront standard as JSON', cloudFrontJson],
    [
      'JSON of nginx',
      `{"time_iso8601":"2026-11-24T11:00:00+00:00","remote_addr":"203.0.113.5","request":"GET /a/b?c=d HTTP/1.1","status":"404","http_user_agent":"${agent}"}`,
    ],
    [
      'JSON of Caddy',
      `{"level":"info","ts":${timeMs / 1000},"request":{"remote_ip":"203.0.113.5","remote_port":"1","method":"GET","uri":"/a/b?c=d","headers":{"User-Agent":["${agent}"]}},"status":404}`,
    ],
    [
      'JSON of Traefik',
      `{"ClientHost":"203.0.113.5","RequestMethod":"GET","RequestPath":"/a/b?c=d","DownstreamStatus":404,"StartUTC":"2026-11-24T11:00:00.000000000Z","request_User-Agent":"${agent}"}`,
    ],
    [
      'JSON with milliseconds and a port',
      `{"timestamp":${timeMs},"client_ip":"203.0.113.5:99","method":"GET","path":"/a/b","query_string":"c=d","status_code":404,"user_agent":"${agent}"}`,
    ],
  ])('%s', (_, line) => {
    expect(parse(line)).toMatchObject([request]);
  });

  test('AWS WAF', () => {
    const expected = {
      ...request,
      status: 0,
      country: 'FI',
      tls: wafRecord.ja4Fingerprint,
    };
    expect(parse(waf)).toMatchObject([
      { ...expected, verdict: { blocked: false, managed: false, rules: [] } },
    ]);
  });

  test('AWS WAF, blocked by a managed rule', () => {
    const line = JSON.stringify({
      ...wafRecord,
      action: 'BLOCK',
      terminatingRuleType: 'MANAGED_RULE_GROUP',
      ruleGroupList: [
        {
          ruleGroupId: 'AWS#AWSManagedRulesSQLiRuleSet',
          terminatingRule: { ruleId: 'SQLi_QUERYARGUMENTS', action: 'BLOCK' },
        },
      ],
    });

    expect(parse(line)).toMatchObject([
      { verdict: { blocked: true, managed: true, rules: ['SQLi_QUERYARGUMENTS'] } },
    ]);
  });

  test('the lines inside a CloudWatch Logs payload, packed and unpacked', () => {
    const payload = {
      messageType: 'DATA_MESSAGE',
      logEvents: [{ id: '1', timestamp: timeMs, message: waf }, { message: combined }],
    };
    const packed = { awslogs: { data: gzipSync(JSON.stringify(payload)).toString('base64') } };

    expect(parse(JSON.stringify(payload))).toMatchObject([{ path: '/a/b' }, { path: '/a/b' }]);
    expect(parse(JSON.stringify(packed))).toMatchObject([{ path: '/a/b' }, { path: '/a/b' }]);
    expect(parse('{"awslogs":{"data":"bm90IGd6aXA="}}')).toEqual([null]);
  });

  test('objects behind each other, as Firehose writes them', () => {
    expect(parse(`${waf}${waf}${waf}`)).toMatchObject([{ path: '/a/b' }, { path: '/a/b' }, { path: '/a/b' }]);
    expect(parse(`${waf}${waf.slice(0, 99)}`)).toMatchObject([{ path: '/a/b' }, null]);
  });

  test('a list of records in one line', () => {
    expect(parse(`[${waf},${cloudFrontJson}]`)).toMatchObject([{ path: '/a/b' }, { path: '/a/b' }]);
  });

  test('CloudFront fields in the order that the file names', () => {
    const fields = '#Fields: time date cs-method c-ip cs-uri-stem sc-status';
    const parsed = parse(
      '#Version: 1.0',
      `#Fields: ${cloudFrontFields[0]}`,
      cloudFront,
      fields,
      '2026-11-24\t11:00:00\tGET\t203.0.113.5\t/x\t200',
    );

    expect(parsed).toMatchObject(['ignored', 'ignored', request, 'ignored', null]);
  });
});

describe('what a client writes stays where it belongs', () => {
  const at = '[24/Nov/2026:11:00:00 +0000]';
  test.each<[string, string, Partial<Request>]>([
    [
      'a user name with blanks',
      `203.0.113.5 - a 198.51.100.1 - b ${at} "GET / HTTP/1.1" 401 1 "-" "x"`,
      { sender: '203.0.113.5' },
    ],
    [
      'a user name with a time',
      `203.0.113.5 - x ${at} y ${at} "GET / HTTP/1.1" 401 1 "-" "x"`,
      { sender: '203.0.113.5', path: '/' },
    ],
    [
      'a host that is an address',
      `198.51.100.1 203.0.113.5 - - ${at} "GET / HTTP/1.1" 200 1 "-" "x"`,
      { sender: '203.0.113.5' },
    ],
    [
      'a path with blanks',
      `203.0.113.5 - - ${at} "GET /a b HTTP/1.1 HTTP/1.1" 200 1 "-" "x"`,
      { path: '/a b HTTP/1.1' },
    ],
    [
      'escaped quotes of Apache',
      `203.0.113.5 - - ${at} "GET /\\" 200 1 \\"-\\" HTTP/1.1" 404 1 "-" "a \\"b\\" c"`,
      { status: 404, userAgent: 'a \\"b\\" c' },
    ],
    [
      'a backslash before the last quote',
      `203.0.113.5 - - ${at} "GET / HTTP/1.1" 200 1 "\\\\" "x"`,
      { userAgent: 'x' },
    ],
    [
      'bytes that are no HTTP',
      `203.0.113.5 - - ${at} "\\x16\\x03\\x01" 400 150 "-" "-"`,
      { status: 400, userAgent: '', method: '' },
    ],
    ['no request at all', `203.0.113.5 - - ${at} "-" 408 0 "-" "-"`, { status: 408 }],
    ['a log without agents', `203.0.113.5 - - ${at} "GET / HTTP/1.0" 200 1`, { userAgent: null, path: '/' }],
    [
      'a whole URL',
      `203.0.113.5 - - ${at} "GET http://example.com/x?y HTTP/1.0" 200 1`,
      { path: '/x', query: 'y' },
    ],
    [
      'keys inside a header of a WAF log',
      JSON.stringify({
        ...wafRecord,
        httpRequest: {
          ...wafRecord.httpRequest,
          headers: [
            { name: 'User-Agent', value: '","clientIp":"198.51.100.1' },
            { name: 'clientIp', value: '198.51.100.2' },
          ],
        },
      }),
      { sender: '203.0.113.5' },
    ],
    [
      'hex escapes that JSON does not know',
      `{"time":"2026-11-24T11:00:00Z","remote_addr":"203.0.113.5","uri":"/","http_user_agent":"a\\x22b"}`,
      { userAgent: 'a"b' },
    ],
    [
      'v6 with a port in ALB',
      alb.replace('203.0.113.5:44740', '[2001:db8::1]:44740'),
      { sender: '[2001:db8::1]' },
    ],
  ])('%s', (_, line, expected) => {
    expect(parse(line)).toMatchObject([expected]);
  });

  test.each([
    'garbage',
    '{"a":1}',
    '{"webaclId":"x"}',
    '{"webaclId":"x","timestamp":1,"httpRequest":{"clientIp":7}}',
    '{"webaclId":"x","timestamp":"never","httpRequest":{"clientIp":"1.2.3.4"}}',
    '{"webaclId":"x","timestamp":1764000000000,"httpRequest":{"clientIp":"1.2.3.4"},"ruleGroupList":[7,null],"labels":{}}',
    '[1,2',
    'null',
    '203.0.113.5 - - [24/Foo/2026:11:00:00 +0000] "GET / HTTP/1.1" 200 1',
    '203.0.113.5 - - [24/Nov/2026:11:00:00 +0000] "GET / HTTP/1.1',
    'https 2026-11-24T11:00:00Z app/lb',
    '2026-11-24\t11:00:00\tx',
    '\u0000\u0001\u0002',
  ])('%j is unreadable and does no harm', (line) => {
    expect(parse(line)).toEqual([null]);
  });
});

describe('the fast way of reading WAF lines', () => {
  const text = fc.string({ maxLength: 30 });
  const tricky = fc.constantFrom(
    '',
    '-',
    '],"uri":"/x',
    '{"name":"User-Agent","value":"x"}',
    '\\',
    'a"b',
    '[{',
    '}{"a',
    '?',
  );
  const value = fc.oneof(text, tricky);
  const name = fc.constantFrom(
    'Host',
    'User-Agent',
    'user-agent',
    'USER-AGENT',
    'X-User-Agent',
    'x-forwarded-for',
    'Upgrade',
    '',
  );
  const agentOf = (value: string | null) => (value === null ? [] : [{ name: 'User-Agent', value }]);
  const header = fc.record({ name: fc.oneof(name, value), value });
  const record = fc.record({
    action: fc.constantFrom('ALLOW', 'BLOCK', 'COUNT'),
    terminatingRuleType: fc.constantFrom('REGULAR', 'MANAGED_RULE_GROUP'),
    clientIp: fc.oneof(fc.ipV4(), fc.ipV6()),
    country: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('FI', '-') }, value),
    headers: fc.array(header, { maxLength: 4 }),
    agent: fc.option(fc.constantFrom('Firefox/131.0', 'curl/8.5.0'), { freq: 6 }),
    uri: fc.oneof(fc.webPath(), value),
    args: fc.oneof(fc.webQueryParameters(), value),
    method: fc.constantFrom('GET', 'POST'),
    host: fc.oneof({ weight: 3, arbitrary: fc.constant('www.example.com') }, value),
    labels: fc.option(fc.constant([{ name: 'awswaf:managed:aws:core-rule-set:GenericRFI' }]), {
      nil: undefined,
    }),
    ja3: fc.option(fc.constant('71912442e2cef8ae6f8ea3aba3fc0da9'), { nil: undefined }),
    ja4: fc.option(fc.constant('t13d1812h1_91b4e2f43a96_a791466c72b5'), { nil: undefined }),
  });

  test.each([
    true,
    false,
  ])('says what the slow way says, whatever the client wrote (proxies: %s)', (hasProxies) => {
    let fast = 0;
    fc.assert(
      fc.property(record, (of) => {
        const whole = {
          ...{ timestamp: 1764000000000, formatVersion: 1, webaclId: 'arn', terminatingRuleId: 'r' },
          ...{ terminatingRuleType: of.terminatingRuleType, action: of.action, responseCodeSent: null },
          httpRequest: {
            ...{
              clientIp: of.clientIp,
              country: of.country,
              headers: [...of.headers, ...agentOf(of.agent)],
              uri: of.uri,
              args: of.args,
            },
            ...{ httpVersion: 'HTTP/1.1', httpMethod: of.method, requestId: 'x', host: of.host },
          },
          ...{ labels: of.labels, ja3Fingerprint: of.ja3, ja4Fingerprint: of.ja4 },
        };

        const quick = parseAwsWafFast(JSON.stringify(whole), hasProxies);

        if (quick === null) return;
        fast++;
        expect({ ...quick, alike: undefined }).toEqual({
          ...(parseAwsWaf(JSON.parse(JSON.stringify(whole))) as object),
          ...(!hasProxies && { forwardedFor: '' }),
        });
      }),
      { numRuns: 3_000 },
    );
    expect(fast).toBeGreaterThan(100);
  });
});
