import { describe, expect, test } from 'vitest';
import { WafLoop } from '../../lib/waf/policy.ts';
import { parseRanges, refreshSpared, SparedRanges } from '../../lib/waf/spared-ranges.ts';
import { Settings } from '../real/settings.ts';
import { hits, runWaf } from './run-waf.ts';

const start = Date.parse('2026-11-24T11:00:00Z');
const hour = 3_600_000;

const aws = JSON.stringify({
  prefixes: [
    { ip_prefix: '13.32.0.0/15', region: 'GLOBAL', service: 'CLOUDFRONT' },
    { ip_prefix: '120.52.22.96/27', region: 'GLOBAL', service: 'CLOUDFRONT' },
    { ip_prefix: '3.4.12.4/32', region: 'eu-west-1', service: 'EC2' },
    { ip_prefix: '15.177.0.0/18', region: 'GLOBAL', service: 'ROUTE53_HEALTHCHECKS' },
  ],
  ipv6_prefixes: [{ ipv6_prefix: '2600:9000:3000::/36', region: 'GLOBAL', service: 'CLOUDFRONT' }],
});
const fastly = JSON.stringify({ addresses: ['151.101.0.0/16'], ipv6_addresses: ['2a04:4e40::/32'] });

describe('published ranges', () => {
  test.each([
    ['AWS', aws, ['13.32.0.0/15', '120.52.22.96/27', '15.177.0.0/18', '2600:9000:3000::/36']],
    ['Fastly', fastly, ['151.101.0.0/16', '2a04:4e40::/32']],
    ['Cloudflare', '173.245.48.0/20\n103.21.244.0/22\n', ['173.245.48.0/20', '103.21.244.0/22']],
    ['somebody who wants the world spared', '{"addresses": ["0.0.0.0/0"], "ipv6_addresses": ["::/0"]}', []],
    ['a broken server', '{"prefixes": [', []],
    ['a captive portal', '<html>Log in</html>', []],
  ])('of %s are read', (_, text, cidrs) => {
    expect(parseRanges('list', text).cidrs).toEqual(cidrs);
  });

  test('are asked once a day, an hour after a failure, and a shrunken or failed download keeps the last good list', async () => {
    const settings = new Settings();
    const state = { text: aws as string | Error, asked: 0 };
    const fetchText = async () => {
      state.asked++;
      if (state.text instanceof Error) throw state.text;
      return state.text;
    };
    const lists = { urls: ['https://ranges.example/list'], refreshHours: 24 };
    const refresh = (atMs: number) => refreshSpared(lists, { fetchText, settings }, atMs);
    const held = () => new SparedRanges(lists, settings, () => new Date(start)).get();
    expect(await held()).toEqual([]);

    expect(await refresh(start)).toEqual([]);
    expect(await held()).toHaveLength(4);
    await refresh(start + 23 * hour);
    expect(state.asked).toBe(1);

    state.text = '{"prefixes": [], "ipv6_prefixes": []}';
    expect(await refresh(start + 25 * hour)).toMatchObject([expect.stringContaining('holds no address')]);
    state.text = new Error('no route');
    expect(await refresh(start + 27 * hour)).toMatchObject([expect.stringContaining('no route')]);
    expect([await held(), state.asked]).toEqual([parseRanges('', aws).cidrs, 3]);
  });

  test('are those of AWS, Fastly and Cloudflare by default, and before a download a table spares them', async () => {
    expect(WafLoop.parse({}).sparedLists.urls.map((one) => new URL(one).hostname)).toEqual([
      'ip-ranges.amazonaws.com',
      'api.fastly.com',
      'www.cloudflare.com',
      'www.cloudflare.com',
    ]);
    const { lines } = await runWaf(
      ['151.101.1.2', '13.33.4.5', '104.16.0.9', '15.177.2.3'].flatMap((client) => hits(150, { client })),
    );

    expect(lines.map((one) => one.until)).toEqual([null, null, null, null]);
  });
});
