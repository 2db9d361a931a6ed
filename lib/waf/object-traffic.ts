import type { ClientKey } from '../logs/address.ts';
import { compacted } from './compact-traffic.ts';
import type { Request } from './request.ts';
import { Sample, sampleOf } from './sample.ts';
import type { SharedTraffic } from './shared-traffic.ts';
import { Traffic } from './traffic.ts';

/** An object holds minutes; times that somebody made up must not make more windows than that. */
const windowsHeld = 12;

/** The traffic of one object, window by window, until it is added to what others counted. */
export class ObjectTraffic {
  readonly #windowMs: number;
  readonly #sample = new Sample();
  readonly #windows = new Map<number, Traffic>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  see(request: Request, key: ClientKey): void {
    if (!this.#sample.isNext()) return;
    const fromMs = Math.floor(request.timeMs / this.#windowMs) * this.#windowMs;
    const known = this.#windows.get(fromMs);
    if (!known && this.#windows.size >= windowsHeld) return;
    const window = known ?? new Traffic();
    this.#windows.set(fromMs, window);
    window.see(request, key, sampleOf);
  }

  async addTo(shared: SharedTraffic, source: string): Promise<void> {
    for (const [fromMs, traffic] of this.#windows) {
      await shared.add({ source, windowMs: this.#windowMs, fromMs, sorts: compacted(traffic) });
    }
  }
}
