import { startMoto } from '../../lib/sandbox/moto.ts';
import { type Report, type Trial, trial } from './rig.ts';
import { subjects } from './subjects.ts';

/** `npm run simulate -- --engine moto --seeds N`: the real composition on a real engine. */

export interface Range {
  from: number;
  count: number;
  /** Also dies at every call, before and after it. */
  crashPoints: boolean;
}

interface Totals {
  trials: number;
  points: number;
  faults: number;
  calls: number;
  kills: number;
  open: number;
  innocent: number;
  mismatches: number;
  alerts: number;
}

/** Answers whether all was right. */
export async function runOnMoto({ from, count, crashPoints }: Range): Promise<boolean> {
  const moto = await startMoto({ progress: (text) => process.stderr.write(`${text}\n`) });
  const totals = none();
  const about = (seed: number) =>
    subjects.map(
      ([control, what, subject]): Trial => ({ engine: moto.endpoint, control, what, subject, seed }),
    );
  try {
    for (let seed = from; seed < from + count; seed += 1) {
      for (const one of about(seed)) add(totals, await told(one));
    }
    if (crashPoints) for (const one of about(from)) await everyPoint(one, totals);
  } finally {
    await moto.stop();
  }
  console.log(
    `moto: ${count} seeds of ${subjects.length} subjects, ${totals.points} crash points, ${totals.calls} calls, ` +
      `${totals.faults} faults, ${totals.kills} processes killed: ${totals.open} exposures left open, ` +
      `${totals.innocent} changes to innocent parts, ${totals.mismatches} history mismatches, ` +
      `${totals.alerts} double alerts`,
  );
  return totals.open + totals.innocent + totals.mismatches + totals.alerts === 0;
}

/** Each call of a calm run in turn is the last of its process. Beyond the last call nobody dies, and that ends it. */
async function everyPoint(one: Trial, totals: Totals): Promise<void> {
  const most = 100;
  for (const phase of ['fix', 'undo'] as const) {
    for (const fault of ['kill-before', 'kill-after'] as const) {
      for (let call = 1; call <= most; call += 1) {
        const report = await told({ ...one, at: { phase, call, fault } });
        add(totals, report);
        if (report.kills === 0) break;
        totals.points += 1;
      }
    }
  }
}

async function told(one: Trial): Promise<Report> {
  const report = await trial(one);
  const isWrong = Object.values(report.verdict).some((list) => list.length > 0);
  if (isWrong) console.log(JSON.stringify({ ...report, at: one.at ?? null }, null, 2));
  return report;
}

function none(): Totals {
  return {
    trials: 0,
    points: 0,
    faults: 0,
    calls: 0,
    kills: 0,
    open: 0,
    innocent: 0,
    mismatches: 0,
    alerts: 0,
  };
}

function add(totals: Totals, { calls, kills, faults, verdict }: Report): void {
  totals.trials += 1;
  totals.calls += calls;
  totals.kills += kills;
  totals.faults += Object.values(faults).reduce((sum, some) => sum + some, 0);
  totals.open += verdict.exposuresLeftOpen.length;
  totals.innocent += verdict.changesToInnocentParts.length;
  totals.mismatches += verdict.historyMismatches.length;
  totals.alerts += verdict.doubleAlerts.length;
}
