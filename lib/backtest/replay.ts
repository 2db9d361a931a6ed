import type { Control } from '../controls/control.ts';
import type { Kind, State } from '../kinds.ts';
import type { PolicyView } from '../loop.ts';
import type { Resource } from '../model.ts';
import { replayed } from './blank.ts';
import type { Deed, Step } from './deed.ts';
import { Judge } from './judge.ts';
import { CommonNames } from './names.ts';
import { notReplayed } from './not-replayed.ts';
import { type Act, takeNext } from './order.ts';
import { Replica } from './replica.ts';
import type { Summary } from './summary.ts';
import { type ExposureLine, type Folded, Timeline } from './timeline.ts';

/** What happened, second by second, to resources as far as the records tell of them. */
export class Replay {
  readonly #judge: Judge;
  readonly #controls: ReadonlyMap<Kind, readonly Control[]>;
  readonly #timelines = new Map<Resource, Timeline>();
  /** What is to be remembered of resources of which nothing is known any more. */
  readonly #folded = new Map<Resource, Folded>();
  readonly #names = new CommonNames();
  /** Exposures, as they end. */
  readonly lines: ExposureLine[] = [];
  /** Records, each counted once, and how often one came again. */
  changes = 0;
  duplicates = 0;
  fromMs: number | null = null;
  untilMs: number | null = null;

  constructor(controls: readonly Control[], policy: PolicyView) {
    this.#judge = new Judge(policy);
    this.#controls = Map.groupBy(
      controls.filter((one) => !Object.hasOwn(notReplayed, one.name)),
      (one) => one.kind,
    );
  }

  /** Of all resources so far. */
  get tally(): Pick<Summary, 'resources' | 'clean' | 'unknownBefore' | 'notJudged' | 'unclearChanges'> {
    const all = [...this.#folded.values(), ...[...this.#timelines.values()].map((one) => one.folded)];
    const count = (holds: (one: Folded) => boolean) => all.filter(holds).length;
    return {
      resources: all.length,
      clean: count((one) => one.isJudged && !one.wasOpen),
      unknownBefore: count((one) => one.wasThere),
      notJudged: count((one) => !one.isJudged),
      unclearChanges: all.reduce((sum, one) => sum + one.unclear, 0),
    };
  }

  /** Deeds of one second, later than those before. Equal resources are one object. */
  take(run: readonly Deed[]): void {
    const some = eachOnce(run);
    this.#count(run, some);
    const settled = some.length === 1 ? this.#names.settle(some[0] as Deed) : this.#settled(some);
    for (const [resource, ofOne] of byResource(settled)) {
      const acts = actsOf(ofOne);
      const [first] = ofOne;
      if (first === undefined) continue;
      const timeline = this.#timelines.get(resource) ?? this.#begin(first);
      while (acts.length > 0) this.#happened(timeline, takeNext(acts, timeline.replica));
      this.#fold(timeline);
    }
  }

  /** Nothing comes any more: what is open stays so. */
  end(): void {
    for (const timeline of this.#timelines.values()) timeline.end();
  }

  #settled(some: readonly Deed[]): Deed[] {
    return some.flatMap((deed) => this.#names.settle(deed));
  }

  #begin({ resource, step }: Deed): Timeline {
    const timeline = new Timeline(new Replica(resource, step), this.lines, this.#folded.get(resource));
    this.#folded.delete(resource);
    this.#timelines.set(resource, timeline);
    return timeline;
  }

  /** Most resources are closed or gone most of the time, and as they were before the first record of them. */
  #fold(timeline: Timeline): void {
    if (!timeline.isForgettable) return;
    const { resource } = timeline.replica;
    this.#timelines.delete(resource);
    this.#folded.set(resource, timeline.folded);
  }

  #count(run: readonly Deed[], some: readonly Deed[]): void {
    const records = (list: readonly Deed[]) => list.filter((one) => one.nth === 0).length;
    this.changes += records(some);
    this.duplicates += records(run) - records(some);
    this.fromMs ??= some[0]?.atMs ?? null;
    this.untilMs = some[0]?.atMs ?? this.untilMs;
  }

  #happened(timeline: Timeline, act: Act): void {
    const { replica } = timeline;
    for (const { step } of act) replica.apply(step);
    const kind = replica.resource.kind as Kind;
    const mine = this.#controls.get(kind) ?? [];
    if (replayed[kind]?.together === undefined) {
      timeline.judged(act, mine, this.#judge);
      return;
    }
    const others = this.#names
      .othersOf(replica.resource)
      .map((one) => this.#timelines.get(one))
      .filter((one) => one !== undefined);
    const all = [timeline, ...others].filter((one) => one.replica.state !== null);
    for (const one of all) tellTogether(one.replica, all);
    for (const one of new Set([timeline, ...all])) one.judged(act, mine, this.#judge);
  }
}

/** What the others that it has a name in common with say about it. */
function tellTogether(replica: Replica, all: readonly Timeline[]): void {
  const { state } = replica;
  const together = replayed[replica.resource.kind as Kind]?.together;
  if (state === null || together === undefined) return;
  const others = all.map((one) => one.replica.state).filter((one) => one !== null && one !== state);
  // What has a common name is of one kind.
  const step: Step = { do: 'note', fields: (together as Together)(state, others as State[]) };
  replica.apply(step);
}

type Together = (own: State, others: readonly State[]) => Extract<Step, { do: 'note' }>['fields'];

/** A record that came twice is one: both stand in the same second. */
function eachOnce(run: readonly Deed[]): readonly Deed[] {
  if (run.length === 1) return run;
  return [...new Map(run.map((deed) => [`${deed.eventId} ${deed.nth}`, deed])).values()];
}

function byResource(some: readonly Deed[]): Map<Resource, Deed[]> {
  const [first] = some;
  // In most seconds there is one.
  if (first !== undefined && some.length === 1) return new Map([[first.resource, [first]]]);
  return Map.groupBy(some, (deed) => deed.resource);
}

function actsOf(deeds: readonly Deed[]): Act[] {
  const [first, second] = deeds;
  if (first !== undefined && second === undefined) return [[first]];
  // No group is empty.
  return [...Map.groupBy(deeds, (deed) => deed.eventId).values()] as unknown as Act[];
}
