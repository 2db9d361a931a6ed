import { describe, expect, it } from 'vitest';
import { decide, fixesAllowed, type Situation, whyAsk } from '../../lib/decide.ts';
import type { Exposure } from '../../lib/model.ts';

const calm: Situation = {
  mode: 'fix',
  frozen: null,
  recentFixes: 0,
  flap: { times: 3, withinMinutes: 60 },
  planSize: 1,
  changesPerPlan: 10,
  openedBy: 'alice',
};
const exposure = (over: Partial<Exposure> = {}): Exposure => ({
  part: 'rules',
  id: 'sgr-1',
  what: 'tcp/22 (ssh)',
  to: '0.0.0.0/0',
  severity: 'high',
  ...over,
});
const plain = exposure();
const doubtful = exposure({ ask: 'somebody may need it' });
const outside = exposure({ tell: 'nothing of ours can shut it' });
const both = exposure({ ask: 'somebody may need it', tell: 'nothing of ours can shut it' });
const finding = (...exposures: Exposure[]) => ({ exposures, severity: 'high' as const, why: 'open' });

describe('what is done about a finding', () => {
  it.each([
    ['fix', { fix: [plain], ask: [doubtful], tell: [outside, both] }],
    ['ask', { fix: [], ask: [plain, doubtful], tell: [outside, both] }],
    ['tell', { fix: [], ask: [], tell: [plain, doubtful, outside, both] }],
  ] as const)('mode %s sorts the exposures', (mode, sorted) => {
    const decision = decide(finding(plain, doubtful, outside, both), { ...calm, mode });

    expect(decision).toEqual({ ...sorted, held: null });
  });
});

describe('what would be fixed is held back', () => {
  const held = (over: Partial<Situation>) => decide(finding(plain), { ...calm, ...over }).held;

  it.each([
    ['when frozen, with the reason', { frozen: 'an outage' }, 'frozen: an outage'],
    [
      'after as many fixes as are allowed, naming who opens it',
      { recentFixes: 3 },
      'shut 3 times within 60 minutes and opened again by alice: no tug of war',
    ],
    [
      'after more fixes than are allowed, by nobody known',
      { recentFixes: 4, openedBy: null },
      'shut 4 times within 60 minutes and opened again by somebody unknown: no tug of war',
    ],
    ['when the plan is too large', { planSize: 11 }, 'the plan has 11 changes, more than 10'],
    ['frozen before all else', { frozen: 'x', recentFixes: 9, planSize: 99 }, 'frozen: x'],
  ])('%s', (_, over, why) => expect(held(over)).toBe(why));

  it.each([
    ['one fix fewer than the most', { recentFixes: 2 }],
    ['a plan as large as the most', { planSize: 10 }],
  ])('not by %s', (_, over) => expect(held(over)).toBeNull());

  it('not where nothing would be fixed', () => {
    expect(decide(finding(doubtful), { ...calm, frozen: 'an outage' }).held).toBeNull();
  });
});

describe('why a person is asked', () => {
  it.each([
    [
      'each reason once',
      [doubtful, exposure({ ask: 'it is large' }), doubtful],
      'somebody may need it; it is large',
    ],
    ['the policy where no exposure has a reason', [plain], 'the policy says ask'],
    ['nothing of exposures without a reason', [plain, doubtful], 'somebody may need it'],
  ])('names %s', (_, exposures, why) => expect(whyAsk(exposures, 'ask')).toBe(why));
});

describe('the fixes of an hour', () => {
  it.each([
    [0, 30, 3],
    [10, 30, 3],
    [11, 30, 3],
    [13, 31, 4],
    [100, 30, 30],
    [1000, 5, 50],
  ])('of %i resources %i percent are %i', (counted, percent, most) => {
    expect(fixesAllowed(counted, percent)).toBe(most);
  });
});
