import { type Sort, Traffic } from './traffic.ts';

/** What one object holds of one window, in a few sorts. */
export interface TrafficAddition {
  /** Names the object: added once however often it comes. */
  source: string;
  windowMs: number;
  /** Start of the window in milliseconds. */
  fromMs: number;
  sorts: readonly Sort[];
}

/** Traffic that many functions count in at once, window by window. */
export interface SharedTraffic {
  add(addition: TrafficAddition): Promise<void>;
  window(fromMs: number, windowMs: number): Promise<Traffic>;
}

/** For one process, and for tests. */
export class MemoryTraffic implements SharedTraffic {
  readonly #held = new Map<string, { traffic: Traffic; sources: Set<string> }>();

  async add({ source, windowMs, fromMs, sorts }: TrafficAddition): Promise<void> {
    const name = `${windowMs} ${fromMs}`;
    const held = this.#held.get(name) ?? { traffic: new Traffic(), sources: new Set() };
    this.#held.set(name, held);
    if (!held.sources.has(source)) for (const sort of sorts) held.traffic.add(sort);
    held.sources.add(source);
  }

  async window(fromMs: number, windowMs: number): Promise<Traffic> {
    return this.#held.get(`${windowMs} ${fromMs}`)?.traffic ?? new Traffic();
  }
}
