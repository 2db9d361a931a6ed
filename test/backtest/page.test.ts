import { describe, expect, test } from 'vitest';
import { pageOf } from '../../lib/backtest/page.ts';
import { axisOver, percentAt } from '../../lib/backtest/time-axis.ts';
import { permission, record, tested } from './records.ts';

const call = (name: string, at: number, by: string) =>
  record({
    at,
    name,
    request: { groupId: 'sg-0aaa1111', ipPermissions: { items: [permission(22, '0.0.0.0/0')] } },
    response: {},
    by,
  });
const opened = (by: string) => call('AuthorizeSecurityGroupIngress', 10, by);
const closed = (by: string) => call('RevokeSecurityGroupIngress', 40, by);

describe('the page of a backtest', () => {
  test('shows every exposure as a bar over time, with who opened it, by what, and how long it stayed', async () => {
    const page = pageOf(await tested([opened('kim'), closed('lee'), call('DeleteSecurityGroup', 70, 'kim')]));

    expect(page).toContain('tcp/22 (ssh) open to the whole internet');
    expect(page).toContain('style="left:0.00%;width:50.00%"');
    expect(page).toContain('<span class="who" style="left:50.00%">kim</span>');
    expect(page).toContain('30 min from 2026-01-01 00:10:00');
    expect(page).toContain(
      'AuthorizeSecurityGroupIngress by arn:aws:iam::123456789012:user/kim at 2026-01-01 00:10:00',
    );
    expect(page).toContain('RevokeSecurityGroupIngress at 2026-01-01 00:40:00');
    expect(page).toContain('what was there before the records is unknown');
    expect(page).toContain('01-01 00:30');
  });

  test('a bar that no record closes goes on to the end, and says so', async () => {
    const page = pageOf(
      await tested([
        opened('kim'),
        record({ at: 40, name: 'DeleteNetworkAcl', request: { networkAclId: 'acl-0aaa1111' } }),
      ]),
    );

    expect(page).toContain('<div class="bar fixed" data-open style="left:0.00%;width:100.00%"');
    expect(page).toContain('and no record closes it');
  });

  test('needs nothing from elsewhere, runs nothing, and forbids it', async () => {
    const page = pageOf(await tested([opened('kim')]));

    expect(page).not.toMatch(/<script|src=|href=|url\(|\son\w+=/);
    expect(page).toContain("default-src 'none'");
  });

  test('names from the records are text', async () => {
    const page = pageOf(await tested([opened('<img onerror=alert(1)>"')]));

    expect(page).toContain('&lt;img onerror=alert(1)&gt;&quot;');
    expect(page).not.toContain('<img');
  });

  test('of nothing is a page', async () => {
    const page = pageOf(await tested([]));

    expect(page).toContain('0 exposures: none');
    expect(page).not.toContain('<table>');
  });
});

describe('the axis', () => {
  test.each([
    ['a second', 0, 1_000, 2],
    ['an hour', 0, 3_600_000, 5],
    ['a month', 0, 30 * 86_400_000, 5],
    ['ten years', 0, 3650 * 86_400_000, 9],
  ])('of %s has a few marks at round times', (_, from, until, most) => {
    const { ticks } = axisOver([until, from]);

    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks.length).toBeLessThanOrEqual(most);
    for (const { atMs } of ticks) expect(atMs % 60_000).toBe(0);
  });

  test('holds every time within its width', () => {
    const axis = axisOver([5_000_000, 9_000_000]);

    expect([1, 5_000_000, 7_000_000, 9_000_000, 99_000_000].map((at) => percentAt(axis, at))).toEqual([
      0, 0, 50, 100, 100,
    ]);
  });
});
