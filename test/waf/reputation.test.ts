import { describe, expect, test } from 'vitest';
import { freshOrLast, parseReputation, Reputation } from '../../lib/waf/reputation.ts';

describe('a reputation list', () => {
  test('is read in the forms that lists are published in', () => {
    const text = [
      '; Spamhaus DROP List',
      '203.0.113.0/24 ; SBL1',
      '# remark',
      '198.51.100.7',
      '2001:db8:1::/48',
      '{"cidr":"192.0.2.0/25","sblid":"SBL2"}',
      '0.0.0.0/0',
      'nonsense',
      '',
    ].join('\r\n');

    expect(parseReputation('drop', text).cidrs).toEqual([
      '203.0.113.0/24',
      '198.51.100.7',
      '2001:db8:1::/48',
      '192.0.2.0/25',
    ]);
  });

  const list = (count: number) => ({
    source: 'drop',
    cidrs: Array.from({ length: count }, (_, index) => `203.0.${index}.0/24`),
  });
  test.each([
    ['a failed download', list(100), new Error('timed out'), 100, 'could not be read: timed out'],
    ['an empty one', list(100), list(0), 100, 'no address'],
    ['one that shrank to a third', list(100), list(33), 100, 'shrank from 100 to 33'],
    ['one that shrank a little', list(100), list(60), 60, null],
    ['the first', null, list(3), 3, null],
  ])('%s', (_, last, fresh, held, why) => {
    const result = freshOrLast(last, fresh);

    expect(result.list?.cidrs).toHaveLength(held);
    expect(result.why ?? 'nothing').toContain(why ?? 'nothing');
  });

  test.each([
    ['203.0.113.9', 'a'],
    ['198.51.100.7', 'b'],
    ['198.51.100.8', null],
    ['2001:db8:1:2::/64', 'b'],
    ['2001:db8:2::/64', null],
    ['nobody', null],
  ])('%s is named by %s', (client, source) => {
    const reputation = new Reputation([
      { source: 'a', cidrs: ['203.0.113.0/24'] },
      { source: 'b', cidrs: ['198.51.100.7', '2001:db8:1::/48', '2001:db8:2::5'] },
    ]);

    expect(reputation.namedBy(client)).toBe(source);
  });
});
