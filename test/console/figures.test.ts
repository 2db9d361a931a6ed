import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Case } from '../../lib/cases.ts';
import { daysUntil } from '../../lib/console/days.ts';
import { bucketOf, count, most, noFigures, quantileMs, together } from '../../lib/console/figures.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { entry, opened, startMs, stories } from '../history/samples.ts';

const dayMs = 86_400_000;

async function shutAfter(
  history: SqliteHistory,
  caseId: string,
  atMs: number,
  openMs: number,
): Promise<Case> {
  await history.append(opened({ caseId, atMs }), 0);
  return history.append(entry(caseId, atMs + openMs, stories.fixed()), 1);
}

describe('figures', () => {
  it('give a median and a 95th percentile within a twentieth of the true ones', () => {
    const times = fc.array(fc.integer({ min: 1, max: 30 * dayMs }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(times, fc.constantFrom(0.5, 0.95), (list, share) => {
        const figures = noFigures();
        for (const ms of list) {
          figures.shut += 1;
          const key = String(bucketOf(ms));
          figures.openFor[key] = (figures.openFor[key] ?? 0) + 1;
        }
        const sorted = list.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(list.length * share)) - 1] ?? 0;

        expect(Math.abs((quantileMs(figures, share) ?? 0) / exact - 1)).toBeLessThan(0.05);
      }),
    );
  });

  it('of days together are the figures of all their cases, whatever they are called', async () => {
    const history = SqliteHistory.open(':memory:');
    const names = ['__proto__', 'constructor', 'toString', 'public-port'];
    const cases: Case[] = [];
    for (const [n, control] of names.entries()) {
      cases.push(await history.append(opened({ caseId: `c-${n}`, control }), 0));
    }
    const each = cases.map((one) => {
      const figures = noFigures();
      count(figures, one);
      return figures;
    });

    const sum = together([...each, ...each]);

    expect(sum.cases).toBe(8);
    expect(
      most(sum.byControl, 9)
        .map(([name, times]) => `${name} ${times}`)
        .sort(),
    ).toEqual(names.map((name) => `${name} 2`).sort());
  });

  it('of a settled day are counted once, and then read as they were stored', async () => {
    const history = SqliteHistory.open(':memory:');
    await shutAfter(history, 'c-1', 0, 5000);
    await shutAfter(history, 'c-2', 4 * dayMs, 9000);
    const now = new Date(startMs + 4 * dayMs);
    const first = await daysUntil(history, now, 7);
    let finds = 0;
    const find = history.find.bind(history);
    history.find = (query) => {
      finds += 1;
      return find(query);
    };

    const second = await daysUntil(history, now, 7);

    expect(second).toEqual(first);
    expect(finds).toBe(2);
    expect(second.left).toBe(0);
    expect(second.days.map((one) => one.figures.shut)).toEqual([0, 0, 1, 0, 0, 0, 1]);
  });

  it('of more cases than one look reads come with the next looks', async () => {
    const history = SqliteHistory.open(':memory:');
    const perDay = 900;
    await Promise.all(
      Array.from({ length: 4 * perDay }, (_, n) =>
        history.append(opened({ caseId: `c-${n}`, atMs: Math.floor(n / perDay) * dayMs }), 0),
      ),
    );
    const now = new Date(startMs + 3 * dayMs);

    const looks = [await daysUntil(history, now, 4), await daysUntil(history, now, 4)];

    expect(looks.map((one) => one.left)).toEqual([1, 0]);
    expect(looks[1]?.days.map((one) => one.figures.cases)).toEqual([perDay, perDay, perDay, perDay]);
  });
});
