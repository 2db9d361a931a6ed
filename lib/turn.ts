import type { Case, Story } from './cases.ts';
import type { Control, Settings } from './controls/control.ts';
import { exposureKey, type State, tellChange } from './kinds.ts';
import { isDeployment } from './known-watchers.ts';
import { type Loop, line } from './loop.ts';
import type {
  Exemption,
  Exposure,
  Finding,
  Outcome,
  OutcomeName,
  Resource,
  ToldChange,
  Trigger,
} from './model.ts';
import { nothingSeen, type Seen } from './seen-on.ts';

const replaceText =
  'give the owner a new key, deactivate this one once the new one is used, delete it after a hold';

/**
 * One control's turn on one resource, under the lease: what the control says of a state under this policy, and
 * the case, which grows entry by entry.
 */
export class Turn {
  readonly resource: Resource;
  readonly control: Control;
  readonly trigger: Trigger;
  readonly loop: Loop;
  readonly #stored: readonly Exemption[];
  readonly #seen: Seen;
  #known: Case | null;
  /** What the read after our own changes showed: what the next control must go by. */
  left: State | null = null;

  constructor(
    about: {
      resource: Resource;
      control: Control;
      trigger: Trigger;
      loop: Loop;
      seen?: Seen;
    },
    known: Case | null,
    stored: readonly Exemption[],
  ) {
    this.resource = about.resource;
    this.control = about.control;
    this.trigger = about.trigger;
    this.loop = about.loop;
    this.#known = known;
    this.#stored = stored;
    this.#seen = about.seen ?? nothingSeen;
  }

  /** The case so far; null before anything was found (and always in a dry run that meets no older one). */
  get case(): Case | null {
    return this.#known;
  }

  settings(state: State): Settings {
    const about = { resource: this.resource, state, trigger: this.trigger, now: this.loop.now() };
    const settings = this.loop.policy.settingsFor(this.control, about);
    const { name, actor, before } = this.trigger;
    const isDeletion = name.startsWith('Delete') || before !== undefined;
    const { on, was, said } = this.#seen;
    return { ...settings, trigger: name, seenOn: on, was, said, isDeletion, deployed: isDeployment(actor) };
  }

  /** Everything the control finds, and what of it no exemption covers. */
  check(state: State): {
    found: Finding | null;
    left: Finding | null;
    inEffect: Exemption[];
    notes: string[];
  } {
    const found = this.control.check(state, this.settings(state));
    if (found === null) return { found, left: null, inEffect: [], notes: [] };
    const about = { resource: this.resource, state, now: this.loop.now(), stored: this.#stored };
    const { inEffect, notes } = this.loop.policy.exemptionsFor(this.control, about);
    const covered = (one: Exposure) =>
      inEffect.some((by) => by.covers === null || by.covers.includes(exposureKey(state, one)));
    const exposures = found.exposures.filter((one) => !covered(one));
    return { found, left: exposures.length === 0 ? null : { ...found, exposures }, inEffect, notes };
  }

  plan(state: State, exposures: readonly Exposure[]): ToldChange[] {
    if (exposures.length === 0) return [];
    const changes = this.control.fix(state, exposures, this.settings(state));
    const told = changes.map((change) => tellChange(state.kind, change));
    return this.control.rotates ? told.map((change) => ({ ...change, text: replaceText })) : told;
  }

  /** Adds an entry and nothing else. */
  async add(story: Story): Promise<Case> {
    const caseId = this.#known?.caseId ?? this.loop.newId();
    const entry = { caseId, at: this.loop.now().toISOString(), eventId: this.trigger.eventId, story };
    this.#known = await this.loop.history.append(entry, this.#known?.seq ?? 0);
    return this.#known;
  }

  /** Adds the entry that ends a step, tells people, and answers the outcome line. In a dry run only the line. */
  async record(
    outcome: OutcomeName,
    why: string,
    story: Story,
    changes: ToldChange[] = [],
  ): Promise<Outcome> {
    if (!this.loop.dryRun) await this.loop.tell(await this.add(story));
    return this.say(outcome, why, changes);
  }

  say(outcome: OutcomeName, why: string, changes: ToldChange[] = []): Outcome {
    const { trigger, resource } = this;
    const caseId = this.#known?.caseId ?? null;
    return line({ trigger, resource, outcome, why, control: this.control.name, changes, caseId });
  }
}
