import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';
import { firewalls } from './subjects/firewall.ts';
import { bucketPolicies, queuePolicies } from './subjects/statements.ts';

/** What a night of `npm run simulate -- --seeds 20000` does at length. */

const seeds = 200;
const right = {
  exposuresLeftOpen: [],
  changesToInnocentParts: [],
  historyMismatches: [],
  doubleAlerts: [],
};

test(`${seeds} seeds of people, faults and dying processes: nothing left open, nothing else touched, all told once`, async () => {
  let events = 0;
  let kills = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await simulate(seed);
    events += report.events;
    kills += report.counts.kills;
    expect(report.verdict, `npm run simulate -- --seed ${seed}`).toEqual(right);
  }
  expect(events).toBeGreaterThan(seeds * 40);
  expect(kills).toBeGreaterThan(seeds);
}, 600_000);

test.each([
  [3, firewalls, 'what was opened between two intents is in the history'],
  [10, firewalls, 'what a crashed run shut is recorded before the rest is exempt'],
  [62, firewalls, 'a denied question leaves no intent behind'],
  [104, firewalls, 'a lost answer and a stale read in one fix'],
  [118, bucketPolicies, 'what still shows after its fix is not said to be shut again'],
  [152, queuePolicies, 'and neither in a queue'],
])('seed %i: %s', async (seed, subject, _) => {
  expect((await simulate(seed, subject)).verdict).toEqual(right);
});
