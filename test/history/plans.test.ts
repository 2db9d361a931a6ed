import type { SQLInputValue } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { SqliteFile } from '../../lib/history/sqlite-file.ts';
import type { CaseQuery } from '../../lib/ports.ts';
import { opened } from './samples.ts';

/** What SQLite says it would do for a page of the timeline: walk one index in its order, and nothing else. */

const key = 'aws/123456789012/eu-central-1/firewall/sg-1';
const cursor = Buffer.from(JSON.stringify([1_700_000_000_000, 'c-1'])).toString('base64url');

describe('a page of cases is read from an index, in its order', () => {
  it.each<[string, Omit<CaseQuery, 'limit'>, RegExp]>([
    ['nothing', {}, /cases_by_time/],
    ['a time', { since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' }, /cases_by_time/],
    ['a resource', { resourceKey: key }, /cases_by_resource_time/],
    ['a control', { control: 'public-port' }, /cases_by_control/],
    ['an account', { account: '123456789012' }, /cases_by_account/],
    ['a provider', { provider: 'aws' }, /cases_by_provider/],
    ['a severity', { severity: 'critical' }, /cases_by_severity/],
    ['an outcome', { outcome: 'fixed' }, /cases_by_outcome/],
    ['an actor', { actor: 'anna' }, /cases_by_actor/],
    ['what is open', { open: true }, /cases_open/],
    ['a word', { text: 'web' }, /SEARCH case_words USING PRIMARY KEY \(start=\?/],
    ['a word and more', { text: 'web', severity: 'high', open: true }, /SEARCH case_words USING PRIMARY KEY/],
    ['several', { severity: 'high', control: 'public-port', provider: 'aws' }, /cases_by_severity/],
  ])('asked for %s', async (_, query, plan) => {
    const file = SqliteFile.open(':memory:');
    const history = new SqliteHistory(file);
    await history.append(opened({ caseId: 'c-1' }), 0);
    const asked: [string, SQLInputValue[]][] = [];
    const all = file.all.bind(file);
    file.all = (sql: string, ...values: SQLInputValue[]) => {
      asked.push([sql, values]);
      return all(sql, ...values);
    };

    for (const more of [{}, { cursor }]) {
      asked.length = 0;
      await history.find({ ...query, ...more, limit: 50 });
      const [sql = '', values = []] = asked[0] ?? [];
      const steps = all<{ detail: string }>(`explain query plan ${sql}`, ...values).map((one) => one.detail);

      expect(steps.join('\n')).toMatch(plan);
      expect(steps.filter((one) => /TEMP B-TREE|^SCAN \w+$/.test(one))).toEqual([]);
    }
  });
});

it('of a pasted name the word that fewest have is walked', async () => {
  const file = SqliteFile.open(':memory:');
  const history = new SqliteHistory(file);
  for (const n of [100, 200, 300]) {
    await history.append(opened({ caseId: `c-${n}`, name: `payroll-${n}` }), 0);
  }
  const walked: unknown[] = [];
  const all = file.all.bind(file);
  file.all = (sql: string, ...values: SQLInputValue[]) => {
    walked.push(values[0]);
    return all(sql, ...values);
  };

  const { cases } = await history.find({ text: 'payroll-200', limit: 50 });

  expect(cases.map(({ caseId }) => caseId)).toEqual(['c-200']);
  expect(walked).toEqual(['200']);
});
