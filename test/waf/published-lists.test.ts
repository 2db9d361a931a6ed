import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReputation } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { CurrentLists } from '../../lib/waf/published-lists.ts';
import { fetchList } from '../../lib/wire-lists.ts';
import { Settings } from '../real/settings.ts';

describe('a list published on the web', () => {
  let served: { status: number; text: string };
  const server = createServer((_, answer) => answer.writeHead(served.status).end(served.text));
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/drop.txt`;
  });
  afterAll(() => server.close());

  const list = (count: number) =>
    Array.from({ length: count }, (_, index) => `203.0.${index}.0/24 ; SBL${index}`).join('\n');
  const read = async (settings: Settings | null) => {
    const told: string[] = [];
    const loop = WafLoop.parse({ reputation: { urls: [url] } });
    const source = { fetchText: fetchList, settings };
    const lists = await readReputation(loop, source, (line) => void told.push(line));
    return { named: lists?.namedBy('203.0.90.1'), told: told.join() };
  };

  test.each([
    ['is gone', 404, '', 'answered 404'],
    ['is an empty page', 200, '<html>', 'holds no address'],
    ['shrank', 200, list(20), 'shrank from 100 to 20'],
  ])('that %s leaves the last good one in force, and is told', async (_, status, text, why) => {
    const settings = new Settings();
    served = { status: 200, text: list(100) };
    expect(await read(settings)).toEqual({ named: url, told: '' });

    served = { status, text };
    const after = await read(settings);

    expect(after).toEqual({ named: url, told: expect.stringContaining(why) });
    expect((await read(null)).named).toBeNull();
  });

  test('is asked again only after its hours', async () => {
    let times = 0;
    const lists = new CurrentLists(async () => {
      times++;
      served = { status: 200, text: list(100) };
      const loop = WafLoop.parse({ reputation: { urls: [url] } });
      const found = await readReputation(loop, { fetchText: fetchList, settings: null }, () => {});
      if (!found) throw new Error('no lists');
      return found;
    }, 3_600_000);
    for (const minutes of [0, 1, 59, 60, 61]) await lists.refresh(minutes * 60_000);

    expect(times).toBe(2);
    expect(lists.namedBy('203.0.5.9')).toBe(url);
  });

  test.each(['http://lists.example/x', 'ftp://127.0.0.1/x', 'lists.example'])('%s is refused', (bad) => {
    expect(WafLoop.safeParse({ reputation: { urls: [bad] } }).success).toBe(false);
  });
});
