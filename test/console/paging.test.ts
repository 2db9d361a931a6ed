import { performance } from 'node:perf_hooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { group, opened, person } from '../history/samples.ts';
import { makeWorld } from '../loop/harness.ts';
import { type Console, makeConsole, type Visitor } from './world.ts';

/** Ten thousand cases: every page holds fifty, is reached from the one before, and none is slow. */

const count = 10_000;
const history = SqliteHistory.open(':memory:');
let anna: Visitor;
let console_: Console;

beforeAll(async () => {
  for (let from = 0; from < count; from += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, n) => {
        const at = from + n;
        const resource = group(`sg-${at.toString(16).padStart(17, '0')}`, at % 3 === 0 ? '1' : '2');
        const severity = at % 100 === 0 ? 'critical' : 'low';
        const actor = person(at % 5000 === 7 ? 'rare' : `person-${at % 50}`);
        const name = at % 2500 === 11 ? 'needle' : `worker ${at}`;
        return history.append(
          opened({ caseId: `c-${at}`, atMs: at * 1000, resource, severity, actor, name }),
          0,
        );
      }),
    );
  }
  console_ = makeConsole({}, makeWorld({ history }));
  anna = await console_.signIn('viewer');
});

/** The pages from this address on, and how long the slowest took. */
async function walk(
  path: string,
): Promise<{ cases: string[]; pages: number; slowestMs: number; widest: number }> {
  const cases: string[] = [];
  let [next, pages, slowestMs, widest]: [string | null, number, number, number] = [path, 0, 0, 0];
  while (next !== null) {
    const began = performance.now();
    const text = await (await anna.get(next)).text();
    slowestMs = Math.max(slowestMs, performance.now() - began);
    widest = Math.max(widest, text.length);
    pages += 1;
    cases.push(...[...text.matchAll(/id="case-(c-\d+)"/g)].map((match) => match[1] ?? ''));
    next = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? null;
    // The gate lets six hundred a minute through.
    console_.world.clock.nowMs += 1000;
  }
  return { cases, pages, slowestMs, widest };
}

describe('a history of ten thousand cases', () => {
  it('is walked to its beginning page by page, each case once', async () => {
    const { cases, pages, slowestMs, widest } = await walk('/console');

    expect(pages).toBe(count / 50);
    expect(cases).toEqual(Array.from({ length: count }, (_, n) => `c-${count - 1 - n}`));
    expect(slowestMs).toBeLessThan(1000);
    expect(widest).toBeLessThan(150 * 1024);
  }, 120_000);

  it.each([
    ['a rare actor', 'actor=rare', 2],
    ['a severity', 'severity=critical', 100],
    ['words of a name', 'q=needle', 4],
    ['the id of one', 'q=sg-00000000000000abc', 1],
    ['several at once', 'severity=critical&account=1&q=worker', 34],
  ])('finds %s without reading the others', async (_, query, wanted) => {
    const { cases, slowestMs } = await walk(`/console?${query}`);

    expect(cases).toHaveLength(wanted);
    expect(slowestMs).toBeLessThan(1000);
  });

  it('is taken away in parts that fit into one answer', async () => {
    const first = await anna.get('/console/cases.csv');
    const link = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await anna.get(link);

    const lines = [await first.text(), await second.text()].map((text) => text.split('\r\n').length - 2);
    expect(lines).toEqual([5000, 5000]);
    expect(second.headers.get('link')).toBeNull();
  });
});
