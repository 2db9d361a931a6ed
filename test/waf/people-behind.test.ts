import { describe, expect, test } from 'vitest';
import { hit, hits, runWaf } from './run-waf.ts';

const at = '2026-11-24T10:00:00Z';

/** Half an hour of people behind one address, each with a browser of their own. */
function people(client: string, count: number): string[] {
  return Array.from({ length: 900 }, (_, index) =>
    hit({ client, at, plusMs: index * 2_000, agent: `Browser/${index % count}` }),
  );
}

/** Two hundred others, so that ten at one address are a part of all. */
const others = Array.from({ length: 1_800 }, (_, index) =>
  hit({ client: `198.51.100.${index % 200}`, at, plusMs: index * 1_000, agent: 'Firefox/131.0' }),
);
const flood = (client: string, agent = 'Firefox/131.0') =>
  hits(150, { client, at: '2026-11-24T10:45:00Z', agent });

describe('before one address is blocked', () => {
  test('a person is asked, with the numbers, where many people were served at it before', async () => {
    const { lines } = await runWaf([...people('203.0.113.5', 40), ...others, ...flood('203.0.113.5')]);

    expect(lines).toMatchObject([{ client: '203.0.113.5', detectors: ['flood'], until: null }]);
    expect(lines[0]?.why).toMatch(
      /asked and not blocked yet: about \d\d people were served at this address before \(\d+\.\d % of about \d+\)/,
    );
  });

  test.each([
    ['who was there alone', people('203.0.113.5', 1)],
    ['behind whom are fewer than the policy says', people('203.0.113.5', 4)],
    ['who was never seen before', []],
  ])('nobody is asked about one %s', async (_, before) => {
    const { lines } = await runWaf([...before, ...others, ...flood('203.0.113.5')]);

    expect(lines).toMatchObject([{ client: '203.0.113.5', until: expect.any(String) }]);
  });

  test('an attacker who changes its name with every request is one attacker', async () => {
    const rotating = hits(150, { client: '203.0.113.5', at: '2026-11-24T10:45:00Z' }).map((line, index) =>
      line.replace('Mozilla', `Bot${index}`),
    );

    expect((await runWaf([...others, ...rotating])).lines).toMatchObject([{ until: expect.any(String) }]);
  });

  test('a policy that allows it blocks', async () => {
    const loop = { collateral: { maxGoodShare: 1 } };
    const { lines } = await runWaf([...people('203.0.113.5', 40), ...others, ...flood('203.0.113.5')], {
      loop,
    });

    expect(lines).toMatchObject([{ client: '203.0.113.5', until: expect.any(String) }]);
  });
});
