import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { awsStatement } from '../../lib/waf/aws-rule.ts';
import { nextStep, type WafRule } from '../../lib/waf/rules.ts';
import { DistinctClients } from '../../lib/waf/traffic.ts';
import { hit, runWaf } from './run-waf.ts';

const browsers = ['Firefox/131.0', 'Chrome/129.0', 'Safari/605.1'];

/** Twenty minutes of two hundred people, and in the last five of them what `attack` adds. */
function traffic(attack: (index: number) => string | null): string[] {
  const lines: { plusMs: number; line: string }[] = [];
  for (let index = 0; index < 4000; index++) {
    const plusMs = index * 300;
    const client = `198.51.${index % 200}.7`;
    const of = { client, plusMs, target: `/item/${index % 50}`, agent: browsers[index % 3] ?? '' };
    lines.push({ plusMs, line: hit(of) });
    const line = index >= 3000 ? attack(index) : null;
    if (line) lines.push({ plusMs, line });
  }
  return lines.map((one) => one.line);
}

const botnet = (agent: string) => (index: number) =>
  hit({ client: `203.0.${index % 250}.9`, plusMs: index * 300, method: 'POST', target: '/checkout', agent });

describe('many clients, each below every limit', () => {
  test('that share an agent are told, and nobody is blocked', async () => {
    const { lines, told, status } = await runWaf(traffic(botnet('Mozilla/5.0 (Botnet 7)')));

    expect({ lines, status }).toEqual({ lines: [], status: 0 });
    expect(told).toMatch(
      /distributed attack since .*: \d+ requests of about [12]\d\d clients have .*Botnet 7/,
    );
    expect(told).toContain('would have refused 0 good requests of 0 in');
  });

  test('that look like browsers are told by where they go', async () => {
    const { told } = await runWaf(traffic(botnet('Chrome/129.0')));

    expect(told).toContain('shape "/checkout"');
    expect(told).toContain('would have refused 0 good requests');
  });

  test('ordinary traffic is no attack', async () => {
    const { told } = await runWaf(traffic(() => null));

    expect(told).not.toContain('distributed');
  });
});

describe('a rule on its way', () => {
  const day = 86_400_000;
  const rule: WafRule = {
    name: 'snapshut-1',
    conditions: { userAgent: 'Bot' },
    stage: 'count',
    collateral: { clients: 0, ofClients: 100, requests: 0 },
    madeMs: 0,
    matchedMs: null,
  };
  const options = { maxGoodShare: 0.01, measureMs: 600_000, retireAfterMs: 7 * day };
  const spares = { clients: 0, ofClients: 1000, requests: 0 };
  const harms = { clients: 50, ofClients: 1000, requests: 90 };

  test.each([
    ['waits while it is measured', rule, { matched: 9, collateral: spares }, 60_000, { step: 'wait' }],
    ['waits while it matched nothing', rule, { matched: 0, collateral: spares }, day, { step: 'wait' }],
    [
      'is promoted when it spares good clients',
      rule,
      { matched: 9, collateral: spares },
      day,
      { step: 'promote' },
    ],
    [
      'is asked about, with the numbers, when it does not',
      rule,
      { matched: 9, collateral: harms },
      day,
      { step: 'ask', why: 'it would have refused 90 requests of 50 good clients (5.0 % of 1000)' },
    ],
    [
      'is retired when it matched nothing for a week',
      { ...rule, stage: 'block', matchedMs: day } as const,
      { matched: 0, collateral: spares },
      9 * day,
      { step: 'retire', why: 'it matched nothing for 8 days' },
    ],
    [
      'stays while it matches',
      { ...rule, stage: 'block', matchedMs: day } as const,
      { matched: 1, collateral: spares },
      30 * day,
      { step: 'wait' },
    ],
  ])('%s', (_, of, measured, nowMs, expected) => {
    expect(nextStep(of, measured, options, nowMs)).toEqual(expected);
  });

  test('is stated for AWS WAF as narrow as it was measured', () => {
    const statement = awsStatement({
      conditions: { tls: 't13d1812h1_91b4e2f43a96_a791466c72b5', shape: '/item/#.html' },
    });

    expect(statement.AndStatement?.Statements).toMatchObject([
      { ByteMatchStatement: { PositionalConstraint: 'EXACTLY', FieldToMatch: { JA4Fingerprint: {} } } },
      { RegexMatchStatement: { RegexString: '^/item/(?:[0-9a-f]{8,}|[0-9]+)\\.html/?$' } },
    ]);
    expect(() => awsStatement({ conditions: {} })).toThrow('everybody');
  });
});

test('different clients are counted within a few percent', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.nat(), (count, seed) => {
      const sketch = new DistinctClients();
      for (let index = 0; index < count; index++) {
        const key = { hi: 0xffffffff, lo: (seed + index * 7919) >>> 0 };
        sketch.add(key);
        sketch.add(key);
      }

      expect(Math.abs(sketch.estimate - count)).toBeLessThanOrEqual(Math.max(3, count * 0.3));
    }),
    { numRuns: 60 },
  );
});
