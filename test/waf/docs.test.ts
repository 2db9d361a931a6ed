import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { activeDetectors, WafLoop } from '../../lib/waf/policy.ts';

test.each(activeDetectors(WafLoop.parse({})))('the docs tell the limit of $facts.name', ({
  detector,
  facts,
}) => {
  const docs = readFileSync(new URL('../../docs/log-loops.md', import.meta.url), 'utf8');
  const limit = `${facts.requests} in ${facts.windowSeconds} s`;

  expect(docs).toContain(`| \`${facts.name}\` | ${limit} | ${facts.severity} | ${detector.title} |`);
});
