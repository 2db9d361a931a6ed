import { expect, test } from 'vitest';
import { logLines } from '../../lib/ssh/command.ts';
import { SshLoop } from '../../lib/ssh/policy.ts';
import { requestLines } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { generateSshdLines } from '../bench/sshd-lines.ts';
import { generateWafLines } from '../bench/waf-lines.ts';

test.each([1, 2, 3])('in generated WAF logs exactly the known offenders are found (seed %i)', (seed) => {
  const analysis = requestLines(WafLoop.parse({}), []);
  const { offenders } = generateWafLines(40_000, seed, (line) => void analysis.see(line));

  expect(
    analysis
      .offenders()
      .map((one) => one.client)
      .sort(),
  ).toEqual(offenders);
});

test.each([1, 2, 3])('in generated sshd logs exactly the known guessers are found (seed %i)', (seed) => {
  const analysis = logLines(SshLoop.parse({}), Date.parse('2026-11-25T00:00:00Z'));
  const { offenders } = generateSshdLines(40_000, seed, (line) => void analysis.see(line));
  analysis.end();

  expect(
    analysis
      .offenders()
      .map((one) => one.client)
      .sort(),
  ).toEqual(offenders);
});
