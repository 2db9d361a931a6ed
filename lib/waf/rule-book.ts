import type { Json } from '../model.ts';
import type { History } from '../ports.ts';
import type { Judgement } from './distributed.ts';
import type { Rate } from './rate.ts';
import {
  type Collateral,
  collateralOf,
  type Lifecycle,
  matchedIn,
  nextStep,
  type WafRule,
  whyGuarded,
} from './rules.ts';
import type { Traffic } from './traffic.ts';

/** A rule of ours and where it is on its way. */
export interface KeptRule extends WafRule {
  /** Why it is there. */
  why: string;
  /** It was measured, and may block as far as we are concerned; with `ask`, only by a person's word. */
  wanted: { ask: string | null } | null;
}

type Settings = Pick<History, 'setting' | 'set'>;
const setting = 'waf-rules';
/** An ACL holds no more in its capacity, and a log that is one long attack must not fill it. */
const rulesHeld = 20;

export interface BookOptions extends Lifecycle {
  /** A person must approve every block. */
  asksAlways: boolean;
}

/** What became of rules in a look: whoever keeps them in the web ACLs carries it out. */
export interface Looked {
  made: KeptRule[];
  wanted: KeptRule[];
  retired: { rule: KeptRule; why: string }[];
}

/** Every rule of ours, kept in the history's settings. Measured by the windows of traffic that follow. */
export class RuleBook {
  readonly #settings: Settings;
  #rules: KeptRule[] = [];

  private constructor(settings: Settings) {
    this.#settings = settings;
  }

  static async load(settings: Settings): Promise<RuleBook> {
    const book = new RuleBook(settings);
    const held = await settings.setting(setting);
    // Only this class writes it.
    if (Array.isArray(held)) book.#rules = held as unknown as KeptRule[];
    return book;
  }

  get(name: string): KeptRule | undefined {
    return this.#rules.find((one) => one.name === name);
  }

  all(): KeptRule[] {
    return [...this.#rules];
  }

  put(rule: KeptRule): void {
    this.#rules = [...this.#rules.filter((one) => one.name !== rule.name), rule];
  }

  drop(name: string): void {
    this.#rules = this.#rules.filter((one) => one.name !== name);
  }

  async save(): Promise<void> {
    // JSON of named fields, which TypeScript does not take for an index.
    await this.#settings.set(setting, this.#rules as unknown as Json);
  }

  /** Takes in one window and says what must happen next. */
  look({ now, good, found }: Judgement, nowMs: number, options: BookOptions): Looked {
    const made =
      found && !this.get(found.rule.name) && this.#inUse < rulesHeld ? [this.#make(found, nowMs)] : [];
    const wanted: KeptRule[] = [];
    const retired: Looked['retired'] = [];
    for (const rule of this.#rules) {
      const matched = matchedIn(rule, now);
      const measured = measuredOn(rule, now, good);
      const next = nextStep(rule, { matched, collateral: measured }, options, nowMs);
      const seen = { ...rule, matchedMs: matched > 0 ? nowMs : rule.matchedMs };
      if (next.step === 'retire') retired.push({ rule: seen, why: next.why });
      const isMeasured = next.step === 'promote' || next.step === 'ask';
      const collateral = isMeasured || rule.rate ? measured : rule.collateral;
      const ask =
        whyGuarded(collateral, options) ?? (options.asksAlways ? 'the policy asks about every rule' : null);
      const kept = { ...seen, collateral, wanted: isMeasured ? { ask } : rule.wanted };
      this.put(kept);
      if (isMeasured) wanted.push(kept);
    }
    return { made, wanted, retired };
  }

  get #inUse(): number {
    return this.#rules.filter((one) => one.stage !== 'retired').length;
  }

  #make({ rule, attack }: NonNullable<Judgement['found']>, nowMs: number): KeptRule {
    const why = `${attack.requests} requests of about ${attack.clients} clients have ${said(rule)} in common`;
    const kept = { ...rule, madeMs: nowMs, matchedMs: nowMs, why, wanted: null };
    this.put(kept);
    return kept;
  }
}

/** Whom a rate hits shows only while the attack lasts: the worst that was seen counts. */
function measuredOn(rule: KeptRule, now: Traffic, good: Traffic): Collateral {
  const measured = collateralOf(rule, good, now);
  return rule.rate && rule.collateral.clients > measured.clients ? rule.collateral : measured;
}

/** `userAgent "Bot", country "XX"`, with what a client wrote in quotes and no bytes that a terminal obeys. */
export function said({ conditions, rate }: Pick<WafRule, 'conditions' | 'rate'>): string {
  const common = Object.entries(conditions)
    .map(([name, value]) => `${name} ${JSON.stringify(value).replace(/[^\x20-\x7e]/g, '?')}`)
    .join(', ');
  return rate ? `${common} (${saidRate(rate)})` : common;
}

/** `limited to 80 in 300 s for each ja4 and userAgent` */
export function saidRate({ keys, limit, windowSeconds }: Rate): string {
  return `limited to ${limit} in ${windowSeconds} s for each ${keys.join(' and ')}`;
}
