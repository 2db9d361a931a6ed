import type { ClientKey } from '../logs/address.ts';
import type { Alike } from './alike.ts';
import {
  type Distributed,
  type DistributedOptions,
  distributedAttack,
  synthesise,
  type WafRule,
} from './rules.ts';
import { Traffic } from './traffic.ts';

/** One window that is over: what came in it, the good traffic of the hours before, and the attack in it, if any. */
export interface Judgement {
  now: Traffic;
  good: Traffic;
  found: FoundAttack | null;
}

export interface FoundAttack {
  attack: Distributed;
  fromMs: number;
  /** What could be put up against it. */
  rule: WafRule;
}

/** Attacks found in one run are few; a log that is one long attack must not fill the memory. */
const attacksHeld = 100;
/** One request in four is looked at, and counts for four. */
const sampleOf = 4;
/** Good traffic is remembered for one to two times so many windows: what people did last month is no measure. */
const windowsRemembered = 24;

/**
 * Looks at traffic window by window: each is compared with the good traffic before it, and becomes part of that
 * traffic unless it is an attack. The first windows teach; they accuse nobody.
 */
export class DistributedWatch {
  readonly #options: DistributedOptions & { windowMs: number };
  readonly #found = new Map<string, FoundAttack>();
  #good = new Traffic();
  /** The younger half of it. */
  #young = new Traffic();
  #youngWindows = 0;
  readonly #onWindow: ((window: Judgement) => void) | undefined;
  #now = new Traffic();
  #fromMs = Number.NaN;
  #sequence = 1;

  constructor(options: DistributedOptions & { windowMs: number }, onWindow?: (window: Judgement) => void) {
    this.#options = options;
    this.#onWindow = onWindow;
  }

  see(timeMs: number, of: Alike, key: ClientKey): void {
    if (Number.isNaN(this.#fromMs)) this.#fromMs = timeMs;
    if (timeMs >= this.#fromMs + this.#options.windowMs) this.#turn(timeMs);
    if (this.#isInSample()) this.#now.see(of, key, sampleOf);
  }

  /** A fixed sequence, so that the same log gives the same answer; not every fourth line, which may be a pattern. */
  #isInSample(): boolean {
    this.#sequence = (Math.imul(this.#sequence, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#sequence >>> 30 === 0;
  }

  found(): FoundAttack[] {
    this.#judge();
    return [...this.#found.values()];
  }

  #turn(timeMs: number): void {
    const found = this.#judge();
    if (!found) this.#remember(this.#now);
    this.#onWindow?.({ now: this.#now, good: this.#good, found });
    this.#now = new Traffic();
    this.#fromMs = timeMs;
  }

  #remember(window: Traffic): void {
    this.#good.join(window);
    this.#young.join(window);
    if (++this.#youngWindows < windowsRemembered) return;
    this.#good = this.#young;
    this.#young = new Traffic();
    this.#youngWindows = 0;
  }

  #judge(): FoundAttack | null {
    if (this.#good.requests === 0) return null;
    const attack = distributedAttack(this.#now, this.#good, this.#options);
    if (!attack) return null;
    const rule = synthesise(attack, this.#now, this.#good, this.#fromMs);
    const known = this.#found.get(rule.name);
    if (known) {
      known.attack.requests += attack.requests;
      known.attack.clients = Math.max(known.attack.clients, attack.clients);
    } else if (this.#found.size < attacksHeld) {
      this.#found.set(rule.name, { attack, rule, fromMs: this.#fromMs });
    }
    return known ?? { attack, rule, fromMs: this.#fromMs };
  }
}
