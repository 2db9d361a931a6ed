import type { ClientKey } from '../logs/address.ts';
import type { Alike } from './alike.ts';
import { GoodTraffic } from './good-traffic.ts';
import type { Distributed, DistributedOptions, WafRule } from './rules.ts';
import { Sample, sampleOf } from './sample.ts';
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

/**
 * Looks at traffic window by window: each is compared with the good traffic before it, and becomes part of that
 * traffic unless it is an attack. The first windows teach; they accuse nobody.
 */
export class DistributedWatch {
  readonly #options: DistributedOptions;
  readonly #found = new Map<string, FoundAttack>();
  readonly #good = new GoodTraffic();
  readonly #onWindow: ((window: Judgement) => void) | undefined;
  #now = new Traffic();
  #fromMs = Number.NaN;
  readonly #sample = new Sample();

  constructor(options: DistributedOptions, onWindow?: (window: Judgement) => void) {
    this.#options = options;
    this.#onWindow = onWindow;
  }

  see(timeMs: number, of: Alike, key: ClientKey): void {
    if (Number.isNaN(this.#fromMs)) this.#fromMs = timeMs;
    if (timeMs >= this.#fromMs + this.#options.windowMs) this.#turn(timeMs);
    if (this.#sample.isNext()) this.#now.see(of, key, sampleOf);
  }

  found(): FoundAttack[] {
    this.#judge();
    return [...this.#found.values()];
  }

  #turn(timeMs: number): void {
    const found = this.#judge();
    if (!found) this.#good.remember(this.#now);
    this.#onWindow?.({ now: this.#now, good: this.#good.all, found });
    this.#now = new Traffic();
    this.#fromMs = timeMs;
  }

  #judge(): FoundAttack | null {
    const found = this.#good.judge(this.#now, this.#fromMs, this.#options);
    if (!found) return null;
    const known = this.#found.get(found.rule.name);
    if (known) {
      known.attack.requests += found.attack.requests;
      known.attack.clients = Math.max(known.attack.clients, found.attack.clients);
    } else if (this.#found.size < attacksHeld) {
      this.#found.set(found.rule.name, found);
    }
    return known ?? found;
  }
}
