import { parseArgs } from 'node:util';
import { runOnMoto } from '../faults/run.ts';
import { type Report, simulate } from './simulate.ts';

/**
 * `npm run simulate -- --seeds 20000 [--from 1]`, or one seed again: `--seed 4711`. With `--engine moto` the real
 * composition on a real engine, and with `--crash-points` it also dies at every call.
 */

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    engine: { type: 'string' },
    'crash-points': { type: 'boolean', default: false },
  },
});
const from = Number(values.seed ?? values.from ?? 1);
const count = values.seed === undefined ? Number(values.seeds ?? 200) : 1;

const totals = { seeds: 0, events: 0, faults: 0, open: 0, innocent: 0, mismatches: 0, alerts: 0 };

if (values.engine === undefined) await inMemory();
else if (values.engine === 'moto') {
  const isRight = await runOnMoto({ from, count, crashPoints: values['crash-points'] });
  process.exitCode = isRight ? 0 : 1;
} else {
  console.error(`--engine ${values.engine}: expected moto`);
  process.exitCode = 2;
}

async function inMemory(): Promise<void> {
  for (let seed = from; seed < from + count; seed += 1) {
    const report = await simulate(seed);
    add(report);
    if (isWrong(report) || values.seed !== undefined) console.log(JSON.stringify(report, null, 2));
    if (process.stderr.isTTY) process.stderr.write(`\r${totals.seeds} of ${count} seeds`);
  }
  console.log(
    `${totals.seeds} seeds, ${totals.events} changes, ${totals.faults} faults: ${totals.open} exposures left open, ` +
      `${totals.innocent} changes to innocent parts, ${totals.mismatches} history mismatches, ${totals.alerts} double alerts`,
  );
  process.exitCode = totals.open + totals.innocent + totals.mismatches + totals.alerts === 0 ? 0 : 1;
}

function isWrong({ verdict }: Report): boolean {
  return Object.values(verdict).some((list) => list.length > 0);
}

function add({ counts, events, verdict }: Report): void {
  totals.seeds += 1;
  totals.events += events;
  totals.faults += Object.values(counts).reduce((sum, one) => sum + one, 0);
  totals.open += verdict.exposuresLeftOpen.length;
  totals.innocent += verdict.changesToInnocentParts.length;
  totals.mismatches += verdict.historyMismatches.length;
  totals.alerts += verdict.doubleAlerts.length;
}
