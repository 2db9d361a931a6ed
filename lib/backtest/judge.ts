import type { Control, Settings } from '../controls/control.ts';
import { decide } from '../decide.ts';
import type { State } from '../kinds.ts';
import { tellChange } from '../kinds.ts';
import type { PolicyView } from '../loop.ts';
import type { Actor, Exposure, Finding, OutcomeName, Resource, ToldChange, Trigger } from '../model.ts';
import { severities } from '../model.ts';

import { KnownFindings } from './known-findings.ts';

/** What the policy would have made of a finding at that time. */
export interface Verdict {
  outcome: OutcomeName;
  changes: ToldChange[];
}

export interface Question {
  resource: Resource;
  control: Control;
  state: State;
  finding: Finding;
  at: Date;
  trigger: Trigger;
}

interface Known {
  name: string | null;
  tags: State['tags'];
  settings: Settings;
}

/** Answers for one history of changes, in the order of time: limits count what was shut before. */
export class Judge {
  readonly #policy: PolicyView;
  /** Times of fixes, by what is counted together. */
  readonly #fixes = new Map<string, number[]>();
  readonly #known = new WeakMap<Resource, Map<string, Known>>();
  /** Where they are the same for every resource. */
  readonly #uniform = new Map<Control, Settings>();
  readonly #off = new Map<Control, boolean>();
  readonly #findings = new KnownFindings();

  constructor(policy: PolicyView) {
    this.#policy = policy;
  }

  /** What the control finds under this policy; null where it finds nothing or is off. */
  finding(about: Omit<Question, 'finding'>): Finding | null {
    const { control, state } = about;
    if (this.#isOff(about)) return null;
    const check = () => control.check(state, this.#settings(about));
    const found = this.#policy.isUniform ? this.#findings.of(control.name, state, check) : check();
    if (found === null) return null;
    const mode = this.#policy.modeFor(control, { ...about, severity: found.severity });
    return mode === 'off' ? null : found;
  }

  #isOff(about: Omit<Question, 'finding'>): boolean {
    const known = this.#off.get(about.control);
    if (known !== undefined) return known;
    const isOff = severities.every(
      (severity) => this.#policy.modeFor(about.control, { ...about, severity }) === 'off',
    );
    if (this.#policy.isUniform) this.#off.set(about.control, isOff);
    return isOff;
  }

  verdict(question: Question): Verdict {
    const { control, resource, state, finding, at } = question;
    const mode = this.#policy.modeFor(control, { resource, state, severity: finding.severity });
    const { inEffect } = this.#policy.exemptionsFor(control, { resource, state, now: at, stored: [] });
    if (mode === 'off' || inEffect.length > 0) return { outcome: 'exempt', changes: [] };
    const { limits } = this.#policy;
    const plan = (some: readonly Exposure[]) => this.#plan(question, some);
    const fixable = finding.exposures.filter((one) => one.ask === undefined && one.tell === undefined);
    const wanted = plan(fixable);
    const mine = `${resource.account}/${resource.region}/${resource.id}/${control.name}`;
    const decision = decide(finding, {
      mode,
      frozen: null,
      recentFixes: this.#count(mine, at, limits.flap.withinMinutes * 60_000),
      flap: limits.flap,
      planSize: wanted.length,
      changesPerPlan: limits.changesPerPlan,
      openedBy: nameOf(question.trigger.actor),
    });
    const isAll = decision.fix.length === fixable.length;
    const [fixes, asks] = [isAll ? wanted : plan(decision.fix), plan(decision.ask)];
    const isOver = fixes.length > 0 && this.#count(resource.account, at, 3_600_000) >= limits.fixesPerHour;
    if (decision.held !== null || isOver) return { outcome: 'held', changes: [...fixes, ...asks] };
    if (fixes.length > 0) {
      this.#add(mine, at);
      this.#add(resource.account, at);
      return { outcome: 'fixed', changes: fixes };
    }
    return asks.length > 0 ? { outcome: 'asked', changes: asks } : { outcome: 'told', changes: [] };
  }

  /** What the policy says of a resource is parsed once, as long as its name and tags are the same. */
  #settings({ control, resource, state, trigger, at }: Omit<Question, 'finding'>): Settings {
    const { name, tags } = state;
    if (this.#policy.isUniform) {
      const settings =
        this.#uniform.get(control) ??
        this.#policy.settingsFor(control, { resource, state, trigger, now: at });
      this.#uniform.set(control, settings);
      return { ...settings, now: at, trigger: trigger.name };
    }
    const known = this.#known.get(resource)?.get(control.name);
    if (known !== undefined && known.name === name && known.tags === tags) {
      return { ...known.settings, now: at, trigger: trigger.name };
    }
    const settings = this.#policy.settingsFor(control, { resource, state, trigger, now: at });
    const ofResource = this.#known.get(resource) ?? new Map<string, Known>();
    this.#known.set(resource, ofResource.set(control.name, { name, tags, settings }));
    return { ...settings, trigger: trigger.name };
  }

  #plan(question: Question, exposures: readonly Exposure[]): ToldChange[] {
    if (exposures.length === 0) return [];
    const { control, state } = question;
    const fix = () =>
      control.fix(state, exposures, this.#settings(question)).map((change) => tellChange(state.kind, change));
    return this.#policy.isUniform ? this.#findings.plan(control.name, state, exposures, fix) : fix();
  }

  /** Times only grow, so the last ones are looked at. */
  #count(counter: string, at: Date, windowMs: number): number {
    const sinceMs = at.getTime() - windowMs;
    const times = this.#fixes.get(counter) ?? [];
    let count = 0;
    while (count < times.length && (times[times.length - 1 - count] ?? 0) > sinceMs) count++;
    return count;
  }

  #add(counter: string, at: Date): void {
    if (this.#fixes.size >= countersMost) this.#forget(at);
    const times = this.#fixes.get(counter) ?? [];
    if (times.length >= timesMost) times.splice(0, times.length - timesMost / 2);
    times.push(at.getTime());
    this.#fixes.set(counter, times);
  }

  #forget(at: Date): void {
    for (const [counter, times] of this.#fixes) {
      if ((times.at(-1) ?? 0) < at.getTime() - longestWindowMs) this.#fixes.delete(counter);
    }
  }
}

/** A day is longer than any window that counts. */
const longestWindowMs = 86_400_000;
const countersMost = 50_000;
/** More fixes than any limit allows within a window. */
const timesMost = 20_000;

function nameOf(actor: Actor | null): string | null {
  return actor?.name ?? null;
}
