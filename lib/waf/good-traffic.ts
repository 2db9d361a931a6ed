import * as z from 'zod';
import type { Json } from '../model.ts';
import { packAsManyAsFit, unpack } from '../packed.ts';
import { type TrafficRow, trafficOf, trafficRows } from './compact-traffic.ts';
import type { FoundAttack } from './distributed.ts';
import { type DistributedOptions, distributedAttack } from './rules.ts';
import { synthesise } from './synthesise.ts';
import { Traffic } from './traffic.ts';

/** Good traffic is remembered for one to two times so many windows: what people did last month is no measure. */
const windowsRemembered = 24;
const packedMax = 350_000;
const unpackedMax = 16 << 20;
const sortsKept = 1_000;

const Kept = z.object({ packed: z.string(), youngWindows: z.int() });

/** What good clients did in the last hours, window by window; what a new window is compared with. */
export class GoodTraffic {
  #good = new Traffic();
  /** The younger half of it. */
  #young = new Traffic();
  #youngWindows = 0;

  get all(): Traffic {
    return this.#good;
  }

  remember(window: Traffic): void {
    this.#good.join(window);
    this.#young.join(window);
    if (++this.#youngWindows < windowsRemembered) return;
    this.#good = this.#young;
    this.#young = new Traffic();
    this.#youngWindows = 0;
  }

  /** Without anything to compare with nobody is accused. */
  judge(now: Traffic, fromMs: number, options: DistributedOptions): FoundAttack | null {
    if (this.#good.requests === 0) return null;
    const attack = distributedAttack(now, this.#good, options);
    return attack ? { attack, rule: synthesise(attack, now, this.#good, fromMs, options), fromMs } : null;
  }

  /** As a setting: the rarest sorts are left out where there is no room for all. */
  kept(): Json {
    const rowsOf = (most: number) => [trafficRows(this.#good, most), trafficRows(this.#young, most)];
    const packed = packAsManyAsFit(sortsKept, packedMax, rowsOf);
    return { packed, youngWindows: this.#youngWindows };
  }

  static from(held: unknown): GoodTraffic {
    const made = new GoodTraffic();
    const kept = Kept.safeParse(held);
    if (!kept.success) return made;
    const [good, young] = JSON.parse(unpack(kept.data.packed, unpackedMax)) as [TrafficRow[], TrafficRow[]];
    made.#good = trafficOf(good);
    made.#young = trafficOf(young);
    made.#youngWindows = kept.data.youngWindows;
    return made;
  }
}
