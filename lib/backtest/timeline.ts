import type { Control } from '../controls/control.ts';
import { type Kind, tellChange } from '../kinds.ts';
import type { Actor, Exposure, Finding, OutcomeName, Resource, Severity, ToldChange } from '../model.ts';
import { worst } from '../model.ts';
import type { Judge, Question } from './judge.ts';
import type { Act } from './order.ts';
import { isUnnamed, type Replica } from './replica.ts';

/** What one change opened, until one change closed it. Times ISO 8601; `closedAt` null: no record closes it. */
export interface ExposureLine {
  resource: Resource;
  control: string;
  openedAt: string;
  closedAt: string | null;
  actor: Actor | null;
  outcome: OutcomeName;
  /** What was open, to whom. */
  why: string;
  severity: Severity;
  /** What would have been shut. */
  changes: ToldChange[];
  /** The calls that opened and closed it. */
  openedBy: string;
  closedBy: string | null;
  /** `unknown`: the resource was there before the first record that names it. */
  initialState: 'known' | 'unknown';
}

type Opening = Pick<ExposureLine, 'control' | 'openedAt' | 'actor' | 'outcome' | 'changes' | 'openedBy'>;

type Moment = Pick<Question, 'at' | 'trigger'>;

interface Standing {
  exposure: Exposure;
  opening: Opening;
}

/** What counts of a resource. `wasThere`: before the first record of it; `unclear`: changes of what nothing tells of. */
export interface Folded {
  wasOpen: boolean;
  wasThere: boolean;
  isJudged: boolean;
  unclear: number;
}

/** What they find is over when it is told of: somebody signed in. */
const momentary = new Set(['risky-sign-in']);

/** The exposures of one resource as its state changes. */
export class Timeline {
  readonly replica: Replica;
  readonly #lines: ExposureLine[];
  readonly #open = new Map<string, Standing>();
  /** What was remembered of it. */
  readonly #before: Folded | undefined;
  #wasOpen: boolean;

  /** Exposures go to `lines` as they end. */
  constructor(replica: Replica, lines: ExposureLine[], before?: Folded) {
    this.replica = replica;
    this.#lines = lines;
    this.#before = before;
    this.#wasOpen = before?.wasOpen ?? false;
  }

  /** Whether nothing but this needs to be remembered. */
  get isForgettable(): boolean {
    return this.#open.size === 0 && this.replica.isBlank;
  }

  get folded(): Folded {
    const { isJudgeable, unclear } = this.replica;
    return {
      wasOpen: this.#wasOpen,
      wasThere: this.#wasThere,
      isJudged: isJudgeable,
      unclear: unclear + (this.#before?.unclear ?? 0),
    };
  }

  get #wasThere(): boolean {
    return this.#before?.wasThere ?? this.replica.wasThere;
  }

  /** Asks every control what it says now that this has happened. */
  judged(act: Act, controls: readonly Control[], judge: Judge): void {
    const found = new Set<string>();
    const { eventId, name, actor, atMs } = act[0];
    const at = new Date(atMs);
    const moment = { at, trigger: { eventId, at: at.toISOString(), actor, name } };
    for (const control of controls) {
      const question = this.#ask(moment, control, judge);
      if (question === null) continue;
      const { exposures } = question.finding;
      for (const one of exposures) found.add(this.#keyOf(control, one));
      const fresh = exposures.filter((one) => !this.#open.has(this.#keyOf(control, one)));
      for (const some of alike(fresh)) this.#opened(some, question, act, judge);
    }
    const isClosed = ({ opening }: Standing, key: string) =>
      !found.has(key) || momentary.has(opening.control);
    this.#write(isClosed, act);
  }

  /** Writes what no record closes. */
  end(): void {
    this.#write(() => true, null);
  }

  #ask(moment: Moment, control: Control, judge: Judge): (Question & { finding: Finding }) | null {
    const { replica } = this;
    const { state, resource } = replica;
    if (state === null || !replica.isJudgeable) return null;
    const about = { resource, control, state, ...moment };
    const finding = judge.finding(about);
    if (finding === null) return null;
    const exposures = finding.exposures.filter((one) => replica.knows(one.part, one.id));
    return { ...about, finding: { ...finding, exposures } };
  }

  #opened(exposures: Exposure[], question: Question, act: Act, judge: Judge): void {
    const { actor, name } = act[0];
    const { outcome, changes } = judge.verdict({ ...question, finding: { ...question.finding, exposures } });
    const { control } = question;
    const openedAt = question.at.toISOString();
    const opening: Opening = { control: control.name, openedAt, actor, outcome, changes, openedBy: name };
    for (const exposure of exposures) this.#open.set(this.#keyOf(control, exposure), { exposure, opening });
  }

  /** The same exposure as long as the element means the same, whatever id it goes by. */
  #keyOf(control: Control, { part, id, what }: Exposure): string {
    return JSON.stringify([control.name, part, this.replica.meaningIn(part, id), what]);
  }

  /** One line for what was opened together and ends together. */
  #write(ends: (standing: Standing, key: string) => boolean, act: Act | null): void {
    if (this.#open.size === 0) return;
    const ended = [...this.#open].filter(([key, standing]) => ends(standing, key));
    for (const [opening, some] of Map.groupBy(ended, ([, standing]) => standing.opening)) {
      const exposures = some.map(([, { exposure }]) => exposure);
      this.#lines.push(this.#line(opening, exposures, act));
      this.#wasOpen = true;
    }
    for (const [key] of ended) this.#open.delete(key);
  }

  #line(opening: Opening, exposures: readonly Exposure[], act: Act | null): ExposureLine {
    const { resource } = this.replica;
    const ids = new Set(exposures.map((one) => one.id));
    const isOfThese = (change: ToldChange) => change.op !== 'remove' || ids.has(change.value.id);
    const { control, openedAt, actor, outcome, openedBy } = opening;
    return {
      resource,
      control,
      openedAt,
      closedAt: act === null ? null : new Date(act[0].atMs).toISOString(),
      actor,
      outcome,
      why: [...new Set(exposures.map(({ what, to }) => `${what} open to ${to}`))].join('; '),
      severity: worst(exposures.map((one) => one.severity)),
      changes: opening.changes.filter(isOfThese).map((one) => toldWithoutId(one, resource)),
      openedBy,
      closedBy: act?.[0].name ?? null,
      initialState: this.#wasThere ? 'unknown' : 'known',
    };
  }
}

/** By what may be done about them: each of these has one outcome. */
function alike(exposures: readonly Exposure[]): Exposure[][] {
  const kindOf = ({ tell, ask }: Exposure) =>
    tell !== undefined ? 'tell' : ask !== undefined ? 'ask' : 'fix';
  return [...Map.groupBy(exposures, kindOf).values()];
}

/** What the records give no id is told without one. */
function toldWithoutId(change: ToldChange, { kind }: Resource): ToldChange {
  if (change.op === 'set' || !isUnnamed(change.value)) return change;
  return tellChange(kind as Kind, { ...change, value: { ...change.value, id: '' } });
}
