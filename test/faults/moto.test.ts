import { describe, expect, test } from 'vitest';
import { useMoto } from '../engines/moto.ts';
import { trial } from './rig.ts';
import { subjects } from './subjects.ts';

/** The whole service on a real engine, with the proxy's faults in between: what the command does at length. */

const moto = useMoto();
// Each takes seconds; more of them are a night's work for the command.
const seeds = [1];
const right = {
  exposuresLeftOpen: [],
  changesToInnocentParts: [],
  historyMismatches: [],
  doubleAlerts: [],
};

describe.each(subjects)('%s of a %s', (control, what, subject) => {
  test.each(seeds)('is shut, proven and put back under the faults of seed %i', async (seed) => {
    const report = await trial({ engine: moto().endpoint, control, what, subject, seed });

    expect(report.verdict, `npm run simulate -- --engine moto --seed ${seed}`).toEqual(right);
    expect(Object.keys(report.faults).length).toBeGreaterThan(0);
    expect(report.events.made).toBeGreaterThan(2);
  });
});

test('a block that was turned on in two goes is put back as it was: seed 3', async () => {
  const [control, what, subject] =
    subjects.find(([name]) => name === 'bucket-block-public-access') ?? subjects[0];

  const { verdict } = await trial({ engine: moto().endpoint, control, what, subject, seed: 3 });

  expect(verdict).toEqual(right);
});

test('what the service leaves open is seen by who judges it', async () => {
  const [control, what, subject] = subjects.find(([, name]) => name === 'topic') ?? subjects[0];

  const { verdict } = await trial({ engine: moto().endpoint, control, what, subject, seed: 1, mode: 'tell' });

  expect(verdict.exposuresLeftOpen).toHaveLength(1);
  expect(verdict.historyMismatches.length).toBeGreaterThan(0);
});
