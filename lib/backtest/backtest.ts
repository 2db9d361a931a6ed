import type { Control } from '../controls/control.ts';
import { type Intake, readBatches } from '../intake/read-events.ts';
import type { PolicyView } from '../loop.ts';
import { resourceKey } from '../model.ts';
import type { Deed } from './deed.ts';
import { recordsIn } from './records-in.ts';
import { type Passed, reduce } from './reduce.ts';
import { Replay } from './replay.ts';
import { SortedDeeds } from './sorted-deeds.ts';
import type { Summary } from './summary.ts';
import type { ExposureLine } from './timeline.ts';
import { wantedOf } from './wanted.ts';

export interface Backtest {
  exposures: ExposureLine[];
  summary: Summary;
}

export interface BacktestOptions {
  controls: readonly Control[];
  policy: PolicyView;
  stdin: AsyncIterable<Buffer | string>;
  /** How many deeds stand in memory at once; the rest waits in temporary files. */
  inMemoryMost?: number;
  onUnreadable?(problem: string): void;
}

/** What would have been done over past audit logs: no cloud, only the records. */
export async function backtest(files: readonly string[], options: BacktestOptions): Promise<Backtest> {
  const deeds = new SortedDeeds(options.inMemoryMost);
  try {
    const gathered = await gather(files, deeds, options);
    const replayed = await replay(deeds, options);
    const exposures = replayed.lines.sort(byOpening);
    return { exposures, summary: summed(gathered, replayed, exposures) };
  } finally {
    await deeds.close();
  }
}

interface Gathered {
  records: number;
  passed: { [why in Passed]: number };
  unreadable: string[];
}

async function gather(
  files: readonly string[],
  deeds: SortedDeeds,
  options: BacktestOptions,
): Promise<Gathered> {
  const found: Gathered = {
    records: 0,
    passed: { foreign: 0, failed: 0, unplaced: 0, silent: 0 },
    unreadable: [],
  };
  const wanted = wantedOf(() => {
    found.records++;
  });
  for await (const some of readBatches(files, { stdin: options.stdin, wanted })) {
    for (const intake of some) {
      if ('unreadable' in intake) refuse(intake, found, options);
      else for (const record of recordsIn(intake.event)) add(record, found, deeds);
      if (deeds.isFull) await deeds.spill();
    }
  }
  return found;
}

function refuse(intake: Extract<Intake, { unreadable: string }>, found: Gathered, options: BacktestOptions) {
  const problem = `${intake.source}: ${intake.unreadable}`;
  found.unreadable.push(problem);
  options.onUnreadable?.(problem);
}

function add(record: unknown, found: Gathered, deeds: SortedDeeds): void {
  found.records++;
  const said = reduce(record);
  if (typeof said === 'string') found.passed[said]++;
  else for (const deed of said) deeds.add(deed);
}

async function replay(deeds: SortedDeeds, { controls, policy }: BacktestOptions): Promise<Replay> {
  const replay = new Replay(controls, policy);
  // Deeds of the same second: CloudTrail's times have no finer grain.
  let run: Deed[] = [];
  for await (const some of deeds.inOrder()) {
    for (const deed of some) {
      if (run[0] !== undefined && run[0].atMs !== deed.atMs) {
        replay.take(run);
        run = [];
      }
      run.push(deed);
    }
  }
  if (run.length > 0) replay.take(run);
  replay.end();
  return replay;
}

function byOpening(a: ExposureLine, b: ExposureLine): number {
  const [x, y] = [a, b].map((one) => `${one.openedAt} ${resourceKey(one.resource)} ${one.control}`) as [
    string,
    string,
  ];
  return x < y ? -1 : Number(x > y);
}

function summed(
  { records, passed, unreadable }: Gathered,
  { tally, changes, duplicates, fromMs, untilMs }: Replay,
  exposures: readonly ExposureLine[],
): Summary {
  const outcomes: { [outcome: string]: number } = {};
  for (const { outcome } of exposures) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    records,
    changes,
    duplicates,
    failedCalls: passed.failed,
    unusable: passed.unplaced,
    silent: passed.silent,
    unreadable,
    ...tally,
    exposures: exposures.length,
    approvals: (outcomes.asked ?? 0) + (outcomes.held ?? 0),
    outcomes,
    from: time(fromMs),
    until: time(untilMs),
  };
}
