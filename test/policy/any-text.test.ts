import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePolicy, tellProblem } from '../../lib/config.ts';
import { controls } from './controls.ts';

const now = new Date('2026-11-24T12:00:00Z');
const words = [
  'accounts',
  'controls',
  'public-port',
  'mode',
  'fix',
  'scopes',
  'match',
  'exemptions',
  'until',
  'limits',
];
const signs = [
  ': ',
  '- ',
  '\n',
  '\n  ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '#',
  '&a',
  '*a',
  '!',
  '|',
  '>',
  '?',
  '\t',
  '2026-12-31',
  '\0',
  '%',
];

test('any text is a policy or is told what is wrong with it, in single printable lines', () => {
  const fragments = fc
    .array(fc.constantFrom(...words, ...signs), { maxLength: 40 })
    .map((list) => list.join(''));
  fc.assert(
    fc.property(fc.oneof(fragments, fc.string()), (text) => {
      const { policy, problems } = parsePolicy(text, controls, { now });

      expect(policy === null).toBe(problems.length > 0);
      for (const problem of problems) {
        expect(problem.line).toBeGreaterThan(0);
        expect(problem.column).toBeGreaterThan(0);
        expect(tellProblem(problem)).toMatch(/^snapshut\.yml:\d+:\d+[ :][^\p{Cc}]+$/u);
      }
    }),
    { numRuns: 2000 },
  );
});

test('any settings in the shape of YAML get an answer', () => {
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant({ constructor: 1, toString: [] }));
  const settings = fc.dictionary(
    fc.constantFrom(
      'accounts',
      'networks',
      'principals',
      'controls',
      'scopes',
      'exemptions',
      'limits',
      'loops',
      'alerts',
    ),
    fc.oneof(
      odd,
      fc.array(fc.dictionary(fc.constantFrom('match', 'control', 'options', 'provider', 'until'), odd)),
    ),
  );
  fc.assert(
    fc.property(settings, (value) => {
      const { policy, problems } = parsePolicy(JSON.stringify(value), controls, { now });

      expect(policy === null).toBe(problems.length > 0);
    }),
    { numRuns: 1000 },
  );
  // A minute of a whole core, and machines are shared.
}, 600_000);

test('a file of the largest size that only nests is refused, not followed', () => {
  const steps = Array.from({ length: 1400 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');

  expect(parsePolicy(steps, controls, { now }).problems.map((one) => one.message)).toContain(
    'nested too deeply',
  );
});
