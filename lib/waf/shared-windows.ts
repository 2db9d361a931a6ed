/** Counts of one client and one detector out of one object, to be added to what others counted. */
export interface Addition {
  detector: string;
  client: string;
  /** Names the object: added once however often it comes. */
  source: string;
  windowMs: number;
  /** Start of the slot in milliseconds, to how many. */
  slots: ReadonlyMap<number, number>;
}

/**
 * Windows that many functions count in at once. `add` is atomic, adds a source once, and answers every slot around
 * the added ones, whoever counted them.
 */
export interface SharedWindows {
  add(addition: Addition): Promise<ReadonlyMap<number, number>>;
}

/** Slots of a shared window: a twelfth of it, half of what may be missed at most. */
export const sharedSlots = 12;

export function sharedSlotOf(timeMs: number, windowMs: number): number {
  const step = Math.max(1, Math.floor(windowMs / sharedSlots));
  return Math.floor(timeMs / step) * step;
}

/**
 * Whether more than `requests` lie in slots that fit into one window, counting only slots that begin after
 * `servedMs`. Never more than was sent in it. Pure.
 */
export function overLimit(
  slots: ReadonlyMap<number, number>,
  { requests, windowMs }: { requests: number; windowMs: number },
  servedMs: number,
): boolean {
  const step = Math.max(1, Math.floor(windowMs / sharedSlots));
  const times = [...slots.keys()].filter((at) => at > servedMs).sort((a, b) => a - b);
  let from = 0;
  let sum = 0;
  for (const time of times) {
    sum += slots.get(time) ?? 0;
    while (time + step - (times[from] ?? 0) > windowMs) sum -= slots.get(times[from++] ?? 0) ?? 0;
    if (sum > requests) return true;
  }
  return false;
}

/** For one process, and for tests. */
export class MemoryWindows implements SharedWindows {
  readonly #held = new Map<string, { slots: Map<number, number>; sources: Set<string> }>();

  async add({ detector, client, source, slots }: Addition): Promise<ReadonlyMap<number, number>> {
    const name = `${detector} ${client}`;
    const held = this.#held.get(name) ?? { slots: new Map(), sources: new Set() };
    this.#held.set(name, held);
    if (!held.sources.has(source)) {
      for (const [at, count] of slots) held.slots.set(at, (held.slots.get(at) ?? 0) + count);
    }
    held.sources.add(source);
    return held.slots;
  }
}
