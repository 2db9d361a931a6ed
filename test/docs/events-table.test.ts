import { expect, test } from 'vitest';
import { eventsTable } from '../../lib/docs/events-table.ts';
import { rowOf, rows } from '../../lib/events/cloudtrail-table.ts';
import { noticeNames } from '../../lib/events/notices.ts';
import { kindNames } from '../../lib/model.ts';

test('every event that names resources stands in the table, and is counted once', () => {
  const { count, markdown } = eventsTable();

  for (const { names } of rows) for (const name of names) expect(markdown).toContain(`\`${name}\``);
  for (const name of noticeNames) expect(markdown).toContain(`\`${name}\``);
  expect(count).toBe(rowOf.size + noticeNames.length + 5);
});

test('resources are told by the kinds that are guarded', () => {
  const { markdown } = eventsTable();
  const told = markdown
    .split('\n')
    .filter((line) => line.includes('.amazonaws.com'))
    .flatMap((line) => line.split('|').at(3)?.trim().split(', ') ?? []);

  const known: string[] = [...kindNames, 'the account', "the region's defaults"];
  expect(told.filter((one) => !known.includes(one))).toEqual([]);
  for (const { hints, names } of rows) expect(hints.kinds, names[0]).not.toEqual([]);
});
