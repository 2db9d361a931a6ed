import { describe, expect, test } from 'vitest';
import { crawlersAmong } from '../../lib/logs/crawlers.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { hits, runWaf } from '../waf/run-waf.ts';

const { domains } = WafLoop.parse({}).crawlers;
/** Who is in the DNS, backwards and forwards. */
const backwards: { [address: string]: string[] } = {
  '66.249.66.1': ['crawl-66-249-66-1.googlebot.com'],
  '203.0.113.5': ['crawl-66-249-66-1.googlebot.com'],
  '203.0.113.6': ['googlebot.com.attacker.example'],
  '203.0.113.7': ['evilgooglebot.com'],
};
const forwards: { [name: string]: string[] } = {
  'crawl-66-249-66-1.googlebot.com': ['66.249.66.1'],
  'googlebot.com.attacker.example': ['203.0.113.6'],
  'evilgooglebot.com': ['203.0.113.7'],
};
const answer = (found: string[] | undefined) => {
  if (!found) throw new Error('ENOTFOUND');
  return found;
};
const names = {
  reverse: async (address: string) => answer(backwards[address]),
  addressesOf: async (name: string) => answer(forwards[name]),
};
const offender = (client: string) => ({
  client,
  offences: [],
  requests: 1,
  firstMs: 0,
  lastMs: 0,
  isFresh: true,
});

describe('a crawler', () => {
  test.each([
    ['66.249.66.1', true, 'has the name, and the name has it'],
    ['203.0.113.5', false, 'writes the name of another into its own reverse zone'],
    ['203.0.113.6', false, 'has a name that only begins so'],
    ['203.0.113.7', false, 'has a name that only ends so'],
    ['203.0.113.8', false, 'has no name'],
    ['2001:db8:0:1::/64', false, 'is a network'],
  ])('%s is one: %s, because it %s', async (client, isOne) => {
    const found = await crawlersAmong(names, domains)([offender(client)]);

    expect(found).toEqual(isOne ? [client] : []);
  });

  test('a storm of attackers is no storm of questions', async () => {
    let asked = 0;
    const counting = {
      ...names,
      reverse: async () => {
        asked++;
        return answer(undefined);
      },
    };
    const storm = Array.from({ length: 5_000 }, (_, index) => offender(`203.0.${index >> 8}.${index & 255}`));
    await crawlersAmong(counting, domains)(storm);

    expect(asked).toBe(200);
  });
});

test('health checkers of Route 53 are told and not blocked', async () => {
  const { lines } = await runWaf(hits(101, { client: '15.177.2.9' }));

  expect(lines).toMatchObject([{ until: null, why: expect.stringContaining('health checkers') }]);
});
