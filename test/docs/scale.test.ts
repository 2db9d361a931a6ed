import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { handbookLoad, queueAge, scaleOf, scaleTables } from '../bench/event-cost.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/scale.md'), 'utf8');
const { clean, fixed } = JSON.parse(/^`(\{"clean".*\})`$/m.exec(page)?.[1] ?? '{}');

test('the tables are what the model makes of the figures on the page', () => {
  expect(page).toContain(scaleTables(handbookLoad, clean, fixed).join('\n'));
});

test('more load uses more of every limit, and a larger burst waits longer', () => {
  const { used } = scaleOf(handbookLoad, clean, fixed);
  const twice = new Map(scaleOf({ ...handbookLoad, peak: 2 * handbookLoad.peak }, clean, fixed).used);

  for (const [limit, share] of used) expect(twice.get(limit)).toBeCloseTo(2 * share);
  expect(queueAge(100_000, clean)).toBeGreaterThan(queueAge(10_000, clean));
});
