import type { Control } from '../controls/control.ts';
import { type Intake, readEvents } from '../intake/read-events.ts';
import type { PolicyView } from '../loop.ts';
import { resourceKey } from '../model.ts';
import type { Deed } from './deed.ts';
import { Judge } from './judge.ts';
import { KeptOnce } from './kept-once.ts';
import { type Act, inTime, takeNext } from './order.ts';
import { recordsIn } from './records-in.ts';
import { type Passed, reduce } from './reduce.ts';
import { Replica } from './replica.ts';
import type { Summary } from './summary.ts';
import { type ExposureLine, Timeline } from './timeline.ts';
import { wantedOf } from './wanted.ts';

export interface Backtest {
  exposures: ExposureLine[];
  summary: Summary;
}

export interface BacktestOptions {
  controls: readonly Control[];
  policy: PolicyView;
  stdin: AsyncIterable<Buffer | string>;
  onUnreadable?(problem: string): void;
}

/** What would have been done over past audit logs: no cloud, only the records. */
export async function backtest(files: readonly string[], options: BacktestOptions): Promise<Backtest> {
  const gathered = await gather(files, options);
  const timelines = replay(gathered.deeds, options);
  const exposures = timelines.flatMap((one) => one.lines).sort(byOpening);
  return { exposures, summary: summed(gathered, timelines, exposures) };
}

interface Gathered {
  deeds: Deed[];
  records: number;
  duplicates: number;
  passed: { [why in Passed]: number };
  unreadable: string[];
}

async function gather(files: readonly string[], options: BacktestOptions): Promise<Gathered> {
  const found: Gathered = {
    deeds: [],
    records: 0,
    duplicates: 0,
    passed: { foreign: 0, failed: 0, unplaced: 0, unnamed: 0 },
    unreadable: [],
  };
  const seen = new Set<string>();
  const kept = new KeptOnce();
  const wanted = wantedOf(() => {
    found.records++;
  });
  for await (const intake of readEvents(files, { stdin: options.stdin, wanted })) {
    if ('unreadable' in intake) refuse(intake, found, options);
    else for (const record of recordsIn(intake.event)) add(record, found, seen, kept);
  }
  return found;
}

function refuse(intake: Extract<Intake, { unreadable: string }>, found: Gathered, options: BacktestOptions) {
  const problem = `${intake.source}: ${intake.unreadable}`;
  found.unreadable.push(problem);
  options.onUnreadable?.(problem);
}

function add(record: unknown, found: Gathered, seen: Set<string>, kept: KeptOnce): void {
  found.records++;
  const deeds = reduce(record);
  if (typeof deeds === 'string') {
    found.passed[deeds]++;
    return;
  }
  const id = deeds[0]?.eventId ?? '';
  if (seen.has(id)) found.duplicates++;
  else found.deeds.push(...deeds.map((deed) => kept.of(deed)));
  seen.add(id);
}

function replay(deeds: Deed[], { controls, policy }: BacktestOptions): Timeline[] {
  const judge = new Judge(policy);
  const timelines = new Map<string, Timeline>();
  const aliases = new Map<string, string>();
  deeds.sort(inTime);
  for (const some of runs(deeds)) {
    for (const deed of some) settleName(deed, aliases);
    for (const [key, ofOne] of Map.groupBy(some, (deed) => resourceKey(deed.resource))) {
      const acts = actsOf(ofOne);
      const first = acts[0]?.[0];
      if (first === undefined) continue;
      const timeline = timelines.get(key) ?? new Timeline(new Replica(first.resource, first.step));
      timelines.set(key, timeline);
      const own = controls.filter((one) => one.kind === first.resource.kind);
      while (acts.length > 0) timeline.take(takeNext(acts, timeline.replica), own, judge);
    }
  }
  for (const timeline of timelines.values()) timeline.end();
  return [...timelines.values()];
}

/** Deeds of the same second. CloudTrail's times have no finer grain. */
function* runs(sorted: readonly Deed[]): Generator<Deed[]> {
  let from = 0;
  for (let at = 1; at <= sorted.length; at++) {
    if (at < sorted.length && sorted[at]?.atMs === sorted[from]?.atMs) continue;
    yield sorted.slice(from, at);
    from = at;
  }
}

function actsOf(deeds: readonly Deed[]): Act[] {
  return [...Map.groupBy(deeds, (deed) => deed.eventId).values()] as unknown as Act[];
}

/** Old calls name a group by the name that it was created with. */
function settleName(deed: Deed, aliases: Map<string, string>): void {
  const { account, region, kind, id } = deed.resource;
  const key = (name: string) => `${account}/${region}/${kind}/${name}`;
  if (deed.step.do === 'make' && deed.step.alias !== undefined) aliases.set(key(deed.step.alias), id);
  const named = aliases.get(key(id));
  if (named !== undefined) deed.resource = { ...deed.resource, id: named };
}

function byOpening(a: ExposureLine, b: ExposureLine): number {
  const [x, y] = [a, b].map((one) => `${one.openedAt} ${resourceKey(one.resource)} ${one.control}`) as [
    string,
    string,
  ];
  return x < y ? -1 : Number(x > y);
}

function summed(
  gathered: Gathered,
  timelines: readonly Timeline[],
  exposures: readonly ExposureLine[],
): Summary {
  const { deeds, records, duplicates, passed, unreadable } = gathered;
  const count = (holds: (one: Timeline) => boolean) => timelines.filter(holds).length;
  const outcomes: { [outcome: string]: number } = {};
  for (const { outcome } of exposures) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const time = (deed: Deed | undefined) => (deed ? new Date(deed.atMs).toISOString() : null);
  return {
    records,
    changes: new Set(deeds.map((one) => one.eventId)).size,
    duplicates,
    failedCalls: passed.failed,
    unusable: passed.unplaced + passed.unnamed,
    unreadable,
    resources: timelines.length,
    clean: count((one) => one.lines.length === 0 && one.replica.isJudgeable),
    unknownBefore: count((one) => one.replica.wasThere),
    notJudged: count((one) => !one.replica.isJudgeable),
    unclearChanges: timelines.reduce((sum, one) => sum + one.replica.unclear, 0),
    exposures: exposures.length,
    approvals: (outcomes.asked ?? 0) + (outcomes.held ?? 0),
    outcomes,
    from: time(deeds.at(0)),
    until: time(deeds.at(-1)),
  };
}
