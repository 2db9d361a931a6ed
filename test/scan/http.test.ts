import { describe, expect, test } from 'vitest';
import type { Page } from '../../lib/scan/http/fetch.ts';
import { gradeOf, scorePage } from '../../lib/scan/http/score.ts';

/** Points as https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring lists them. */

const wellKept: { [name: string]: string } = {
  'content-security-policy': "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

function page(headers: [string, string][], body = ''): Page {
  return { status: 200, headers, body };
}

function score(
  over: { [name: string]: string | null },
  more: { body?: string; cookies?: string[]; scheme?: 'http' | 'https'; cors?: [string, string][] } = {},
) {
  const headers = Object.entries({ ...wellKept, ...over }).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
  const cookies = (more.cookies ?? []).map((one): [string, string] => ['set-cookie', one]);
  const own = page([...headers, ...cookies], more.body);
  const scheme = more.scheme ?? 'https';
  const redirects = {
    host: 'www.example.org',
    hops: [],
    endsOnHttps: scheme === 'https',
    stopped: null,
    last: own,
  };
  return scorePage({ scheme, page: own, foreign: page(more.cors ?? []), redirects });
}

const pointsOf = (test: string, scored: ReturnType<typeof score>) =>
  scored.points.find((one) => one.test === test)?.points;

test('a well-kept page has its bonus', () => {
  expect(score({})).toMatchObject({ score: 100 + 10 + 5 + 5, grade: 'A+', hstsSeconds: 31_536_000 });
});

test('a page without any header', () => {
  const none = Object.fromEntries(Object.keys(wellKept).map((name) => [name, null]));
  expect(score(none)).toMatchObject({ score: 100 - 25 - 20 - 5 - 20, grade: 'D' });
  expect(score(none, { scheme: 'http' })).toMatchObject({ score: 10, grade: 'F' });
});

test('a bonus counts from 90 on only', () => {
  expect(score({ 'strict-transport-security': null }).score).toBe(80);
  expect(score({ 'x-content-type-options': null }).score).toBe(95 + 20);
});

describe('Content-Security-Policy', () => {
  test.each([
    ["default-src 'none'", 10],
    ["default-src 'self'", 5],
    ["default-src 'self'; style-src 'self' 'unsafe-inline'", 0],
    ["default-src 'self'; script-src 'self' 'unsafe-eval'", -10],
    ["default-src 'self'; img-src http:", -10],
    ["default-src 'self'; script-src 'self' 'unsafe-inline'", -20],
    ["default-src 'self'; script-src 'unsafe-inline' 'nonce-abc'", 5],
    ["default-src 'self'; script-src 'strict-dynamic' 'nonce-abc' https: 'unsafe-inline'", 5],
    ["default-src 'self'; script-src 'strict-dynamic'", -25],
    ["default-src 'self'; script-src data:", -20],
    ['default-src *', -20],
    ["script-src 'self'", -20],
    ["default-src 'self'; connect-src http://api.example.org", -20],
    ["DEFAULT-SRC 'NONE'", 10],
    ["default-src 'none'; default-src *", 10],
    [';;;', -25],
    [null, -25],
  ])('%s', (policy, points) => {
    expect(pointsOf('content-security-policy', score({ 'content-security-policy': policy }))).toBe(points);
  });

  test('may stand in the page, except for who frames it', () => {
    const body = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; frame-ancestors 'none'">`;
    const scored = score({ 'content-security-policy': null }, { body });

    expect(pointsOf('content-security-policy', scored)).toBe(10);
    expect(pointsOf('x-frame-options', scored)).toBe(-20);
  });
});

describe('cookies', () => {
  test.each([
    ['a=1; Secure; HttpOnly; SameSite=Lax', true, 5],
    ['a=1; Secure; HttpOnly', true, 0],
    ['a=1; HttpOnly', true, -5],
    ['a=1; HttpOnly', false, -20],
    ['sessionid=1; HttpOnly', true, -10],
    ['sessionid=1; HttpOnly', false, -40],
    ['sessionid=1; Secure', true, -30],
    ['csrftoken=1; Secure', true, -20],
    ['a=1; Secure; SameSite=Sometimes', true, -20],
    ['a=1; SameSite=None', true, -20],
  ])('%s, HSTS: %s', (cookie, hasHsts, points) => {
    const over = hasHsts ? {} : { 'strict-transport-security': null };
    expect(
      pointsOf('cookies', score(over, { cookies: ['b=1; Secure; HttpOnly; SameSite=Strict', cookie] })),
    ).toBe(points);
  });
});

describe('Strict-Transport-Security', () => {
  test.each([
    ['max-age=31536000', 0, 31_536_000],
    ['max-age="63072000"; preload', 0, 63_072_000],
    ['max-age=15768000', 0, 15_768_000],
    ['max-age=86400', -10, 86_400],
    ['max-age=0', -10, 0],
    ['includeSubDomains', -20, null],
    ['max-age=soon', -20, null],
    [null, -20, null],
  ])('%s', (value, points, seconds) => {
    const scored = score({ 'strict-transport-security': value });
    expect([pointsOf('strict-transport-security', scored), scored.hstsSeconds]).toEqual([points, seconds]);
  });
});

describe('the others', () => {
  const cases: [
    test: string,
    over: { [name: string]: string | null },
    more: Parameters<typeof score>[1],
    points: number,
  ][] = [
    ['x-content-type-options', { 'x-content-type-options': 'sniff' }, {}, -5],
    ['x-frame-options', { 'content-security-policy': null, 'x-frame-options': 'DENY' }, {}, 0],
    ['x-frame-options', { 'content-security-policy': null, 'x-frame-options': 'maybe' }, {}, -20],
    ['x-frame-options', { 'content-security-policy': 'frame-ancestors *' }, {}, -20],
    ['referrer-policy', { 'referrer-policy': 'unsafe-url' }, {}, -5],
    ['referrer-policy', { 'referrer-policy': 'nonsense, strict-origin' }, {}, 5],
    ['referrer-policy', { 'referrer-policy': 'nonsense' }, {}, -5],
    ['referrer-policy', { 'referrer-policy': null }, {}, 0],
    ['cross-origin-resource-policy', { 'cross-origin-resource-policy': 'same-origin' }, {}, 10],
    ['cross-origin-resource-sharing', {}, { cors: [['access-control-allow-origin', '*']] }, 0],
    [
      'cross-origin-resource-sharing',
      {},
      {
        cors: [
          ['access-control-allow-origin', 'https://scan.invalid'],
          ['access-control-allow-credentials', 'true'],
        ],
      },
      -50,
    ],
    ['subresource-integrity', {}, { body: '<script src="https://cdn.example.net/a.js"></script>' }, -5],
    [
      'subresource-integrity',
      {},
      { body: '<script src="https://cdn.example.net/a.js" integrity="sha384-x"></script>' },
      5,
    ],
    ['subresource-integrity', {}, { body: '<script src="//cdn.example.net/a.js"></script>' }, -50],
    ['subresource-integrity', {}, { body: '<script src="/a.js"></script>' }, 0],
  ];
  test.each(cases)('%s %j %j', (name, over, more, points) => {
    expect(pointsOf(name, score(over, more))).toBe(points);
  });
});

test('grades', () => {
  const scores = [0, 24, 25, 30, 40, 45, 50, 60, 65, 70, 80, 85, 90, 100, 135];
  expect(scores.map(gradeOf).join(' ')).toBe('F F D- D D+ C- C C+ B- B B+ A- A A+ A+');
});
