import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { activeDetectors, WafLoop } from '../../lib/waf/policy.ts';
import { needsTable, ratesShown } from '../bench/log-cost.ts';

test.each(activeDetectors(WafLoop.parse({})))('the docs tell the limit of $facts.name', ({
  detector,
  facts,
}) => {
  const docs = readFileSync(new URL('../../docs/log-loops.md', import.meta.url), 'utf8');
  const limit = `${facts.requests} in ${facts.windowSeconds} s`;

  expect(docs).toContain(`| \`${facts.name}\` | ${limit} | ${facts.severity} | ${detector.title} |`);
});

test('the table of what a flood needs on Lambda is what the model says of the measured object', () => {
  const docs = readFileSync(new URL('../../docs/log-loops.md', import.meta.url), 'utf8');
  const cost = JSON.parse(/^`(\{"lines".*\})`/m.exec(docs)?.[1] ?? '{}');

  expect(docs).toContain(needsTable(cost, ratesShown).join('\n'));
});
