import { expect, test } from 'vitest';
import { pageOf } from '../../lib/backtest/page.ts';
import { permission, record, tested } from './records.ts';

const opened = (by: string) =>
  record({
    at: 10,
    name: 'AuthorizeSecurityGroupIngress',
    request: { groupId: 'sg-0aaa1111', ipPermissions: { items: [permission(22, '0.0.0.0/0')] } },
    response: {},
    by,
  });

test('the page shows every exposure as a bar and needs nothing from elsewhere', async () => {
  const page = pageOf(await tested([opened('kim')]));

  expect(page).toContain('tcp/22 (ssh) open to the whole internet');
  expect(page).toContain('<div class="bar fixed"');
  expect(page).not.toMatch(/<script|src=|href=|url\(/);
});

test('names from the records are text', async () => {
  const page = pageOf(await tested([opened('<img onerror=alert(1)>"')]));

  expect(page).toContain('&lt;img onerror=alert(1)&gt;&quot;');
  expect(page).not.toContain('<img');
});

test('a page of nothing is a page', async () => {
  expect(pageOf(await tested([]))).toContain('0 exposures: none');
});
