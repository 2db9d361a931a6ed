import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wcuOf } from '../../lib/providers/aws/web-acl.ts';
import { awsStatement } from '../../lib/waf/aws-rule.ts';
import { trafficOf, trafficRows } from '../../lib/waf/compact-traffic.ts';
import { GoodTraffic } from '../../lib/waf/good-traffic.ts';
import { cutIn, type RateKey, rateFor } from '../../lib/waf/rate.ts';
import { said } from '../../lib/waf/rule-book.ts';
import { collateralOf, matchedIn, whyGuarded } from '../../lib/waf/rules.ts';
import { Traffic } from '../../lib/waf/traffic.ts';

const windowMs = 300_000;
const options = { requests: 300, clients: 20, windowMs, maxGoodShare: 0.001 };
const ja4 = 't13d1812h1_91b4e2f43a96_a791466c72b5';

interface Part {
  clients: number;
  each: number;
  tls?: string;
  agent?: (client: number) => string;
  path?: (client: number) => string;
  from?: number;
}

function window(parts: readonly Part[]): Traffic {
  const traffic = new Traffic();
  for (const { clients, each, tls = '', agent = () => 'Firefox', path = () => '/', from = 0 } of parts) {
    for (let at = 0; at < clients; at++) {
      const of = { method: 'GET', path: path(at), status: 200, userAgent: agent(at), verdict: null };
      traffic.see({ ...of, country: '', tls }, { hi: 0xffffffff, lo: (from + at) * 7919 }, each);
    }
  }
  return traffic;
}

/** Browsers that people have, and that the attack says it is. */
const agents = ['Chrome/129', 'Chrome/130', 'Firefox/131', 'Safari/17', 'Edge/129', 'Opera/114'];
const anyBrowser = (client: number) => agents[client % agents.length] ?? '';

/** Hours of people, and of thirty partners whose program has a fingerprint that no person's browser has. */
const people: Part = { clients: 400, each: 5, tls: 't13d_people', agent: anyBrowser };
const partners: Part = { clients: 30, each: 2, tls: ja4, agent: () => 'partner/1.0', from: 10_000 };
const botnet: Part = { clients: 300, each: 10, tls: ja4, agent: anyBrowser, from: 50_000 };

function goodHours(parts: readonly Part[]): GoodTraffic {
  const good = new GoodTraffic();
  for (let hours = 0; hours < 12; hours++) good.remember(window(parts));
  return good;
}

describe('an attack that shares its fingerprint with good clients', () => {
  const good = goodHours([people, partners]);
  const now = window([people, partners, botnet]);
  const found = good.judge(now, 0, options);

  test('is limited in its rate, counted by what tells it from them, and they are spared', () => {
    expect(found?.rule).toMatchObject({
      conditions: { tls: ja4 },
      rate: { keys: ['userAgent'], limit: 120, windowSeconds: 300 },
      collateral: { clients: 0, requests: 0 },
    });
    expect(found && said(found.rule)).toBe(`tls "${ja4}" (limited to 120 in 300 s for each userAgent)`);
  });

  test('loses all beyond the limit, and a rule without a rate would have hit the partners', () => {
    if (!found) throw new Error('no attack was found');
    const { rate, ...plain } = found.rule;

    // Six agents of 500 requests each, each cut at 120.
    expect(matchedIn(found.rule, now)).toBe(6 * (500 - 120));
    expect(matchedIn(found.rule, window([people, partners]))).toBe(0);
    expect(collateralOf(plain, good.all, now).clients).toBeGreaterThan(25);
  });

  test('is stated for AWS WAF with custom keys, and costs what its keys and its scope cost', () => {
    if (!found) throw new Error('no attack was found');
    const statement = awsStatement(found.rule);

    expect(statement).toMatchObject({
      RateBasedStatement: {
        Limit: 120,
        EvaluationWindowSec: 300,
        AggregateKeyType: 'CUSTOM_KEYS',
        CustomKeys: [{ Header: { Name: 'user-agent', TextTransformations: [{ Type: 'NONE' }] } }],
        ScopeDownStatement: { ByteMatchStatement: { FieldToMatch: { JA4Fingerprint: {} } } },
      },
    });
    expect(wcuOf(statement)).toBe(2 + 30 + 2);
  });
});

test('good clients that share every key with the attack are counted as hit while it lasts, so that a person is asked', () => {
  const good = goodHours([people, { ...partners, agent: () => 'bot/1' }]);
  const now = window([people, partners, { ...botnet, agent: () => 'bot/1' }]);

  const rule = good.judge(now, 0, options)?.rule;

  expect(rule?.rate).toMatchObject({ limit: 120 });
  expect(rule && whyGuarded(rule.collateral, options)).toMatch(/of (2[5-9]|3\d) good clients/);
  expect(rule && collateralOf(rule, good.all, window([people])).clients).toBe(0);
});

test.each<[string, Parameters<typeof goodHours>[0], Part, number]>([
  ['spares good clients anyhow', [people], botnet, windowMs],
  ['has a window that AWS WAF does not count over', [people, partners], botnet, 200_000],
])('no rate is limited where a plain rule %s', (_, parts, attack, ms) => {
  const found = goodHours(parts).judge(window([...parts, attack]), 0, { ...options, windowMs: ms });

  expect(found?.rule.conditions).toEqual({ tls: ja4 });
  expect(found?.rule.rate).toBeUndefined();
});

test('the most of one window is kept with the good traffic, and is in doubt all that was ever seen', () => {
  const good = goodHours([people, partners]);
  const peaks = (of: GoodTraffic) => of.all.sorts().map((one) => one.peak ?? one.requests);

  expect(peaks(good).at(-1)).toBe(60);
  expect(peaks(GoodTraffic.from(good.kept()))).toEqual(peaks(good));
  const old = trafficRows(good.all, 99).map((row) => row.slice(0, 7) as typeof row);
  expect(trafficOf(old).sorts().at(-1)).toMatchObject({ requests: 720 });
  expect(trafficOf(old).sorts().at(-1)?.peak).toBeUndefined();
});

test('no good traffic comes over its limit within any time as long as the window, wherever that begins', () => {
  const keys: RateKey[] = ['method'];
  const seconds = fc.array(fc.integer({ min: 0, max: 1799 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(seconds, (times) => {
      const good = new GoodTraffic();
      for (let from = 0; from < 1800; from += 300) {
        const each = times.filter((at) => at >= from && at < from + 300).length;
        if (each > 0) good.remember(window([{ clients: 1, each }]));
      }
      const rate = rateFor(keys, good.all.sorts(), windowMs);
      const busiest = Math.max(
        ...times.map((from) => times.filter((at) => at >= from && at < from + 300).length),
      );

      expect(rate?.limit).toBeGreaterThanOrEqual(busiest);
      expect(rate && cutIn(window([{ clients: 1, each: busiest }]).sorts(), rate)).toBe(0);
    }),
    { numRuns: 100 },
  );
});
