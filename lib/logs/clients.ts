import { type ClientKey, neighbourhoodOf } from './address.ts';
import type { Window } from './window.ts';

/** Windows held for one detector; each takes a few hundred bytes. */
const windowsHeld = 1 << 17;

/** A window, or the time of the only record that would be in it. */
export type Held = Window | number;

function newestOf(held: Held): number {
  return typeof held === 'number' ? held : (held.times.at(-1) ?? 0);
}

function sizeOf(held: Held): number {
  return typeof held === 'number' ? 1 : held.times.length;
}

/** What is known of one client: how much it sent and when. */
export interface Client {
  key: ClientKey;
  requests: number;
  firstMs: number;
  lastMs: number;
}

/**
 * Every client seen, in flat arrays: 40 bytes each and no object, until a client comes back and needs windows.
 * At most `capacity` clients are held, whatever the file: when it is full, those go first that were silent for
 * longer than any window, then the quietest. Offenders stay.
 */
export class Clients {
  readonly #capacity: number;
  #size = 0;
  #slots: Int32Array;
  #hi: Uint32Array;
  #lo: Uint32Array;
  #requests: Uint32Array;
  #firstMs: Float64Array;
  #lastMs: Float64Array;
  #offended: Uint32Array;
  #windows: Map<number, Held>[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;
  #forgotten = 0;

  constructor(capacity = 1 << 20) {
    this.#capacity = capacity;
    const start = Math.min(capacity, 1 << 12);
    this.#slots = new Int32Array(start * 2).fill(-1);
    this.#hi = new Uint32Array(start);
    this.#lo = new Uint32Array(start);
    this.#requests = new Uint32Array(start);
    this.#firstMs = new Float64Array(start);
    this.#lastMs = new Float64Array(start);
    this.#offended = new Uint32Array(start);
  }

  get size(): number {
    return this.#size;
  }

  /** How many were dropped to stay inside the capacity. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Counts requests of a client and answers its place, valid until the next call. */
  count(key: ClientKey, timeMs: number, silentForMs: number, requests = 1): number {
    let at = this.#find(key);
    if (at < 0) {
      if (this.#size === this.#hi.length) this.#makeRoom(silentForMs);
      at = this.#add(key, timeMs);
    }
    this.#requests[at] = (this.#requests[at] ?? 0) + requests;
    if (timeMs < (this.#firstMs[at] ?? 0)) this.#firstMs[at] = timeMs;
    if (timeMs > (this.#lastMs[at] ?? 0)) this.#lastMs[at] = timeMs;
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    return at;
  }

  at(place: number): Client {
    return {
      key: { hi: this.#hi[place] ?? 0, lo: this.#lo[place] ?? 0 },
      requests: this.#requests[place] ?? 0,
      firstMs: this.#firstMs[place] ?? 0,
      lastMs: this.#lastMs[place] ?? 0,
    };
  }

  window(place: number, detector: number): Held | undefined {
    return this.#windows[detector]?.get(place);
  }

  setWindow(place: number, detector: number, window: Held, silentForMs: number): void {
    let windows = this.#windows[detector];
    if (!windows) {
      windows = new Map();
      this.#windows[detector] = windows;
    }
    if (windows.size >= windowsHeld) this.#dropWindows(windows, silentForMs);
    windows.set(place, window);
  }

  /** Marks that a client passed the limit of a detector: it is kept, and its window is not needed any more. */
  setOffended(place: number, detector: number): void {
    this.#offended[place] = (this.#offended[place] ?? 0) | (1 << detector);
    this.#windows[detector]?.delete(place);
  }

  clearOffended(place: number): void {
    if (place >= 0) this.#offended[place] = 0;
  }

  hasOffended(place: number, detector: number): boolean {
    return ((this.#offended[place] ?? 0) & (1 << detector)) !== 0;
  }

  networksOfGood(): Set<string> {
    const found = new Set<string>();
    for (let at = 0; at < this.#size; at++) {
      if (this.#offended[at] === 0) found.add(neighbourhoodOf(this.at(at).key));
    }
    return found;
  }

  /** The place of a client that is held, or -1. */
  find(key: ClientKey): number {
    return this.#find(key);
  }

  /** First the windows that nothing can fall into any more, then, under a storm of clients, the emptiest. */
  #dropWindows(windows: Map<number, Held>, silentForMs: number): void {
    for (const [place, window] of windows) {
      if (newestOf(window) < this.#newestMs - silentForMs) windows.delete(place);
    }
    for (let atMost = 1; windows.size > windowsHeld / 2; atMost *= 2) {
      for (const [place, window] of windows) if (sizeOf(window) <= atMost) windows.delete(place);
    }
  }

  #find({ hi, lo }: ClientKey): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(hi, lo) & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] ?? -1;
      if (at < 0) return -1;
      if (this.#lo[at] === lo && this.#hi[at] === hi) return at;
    }
  }

  #add({ hi, lo }: ClientKey, timeMs: number): number {
    const at = this.#size++;
    this.#hi[at] = hi;
    this.#lo[at] = lo;
    this.#requests[at] = 0;
    this.#firstMs[at] = timeMs;
    this.#lastMs[at] = timeMs;
    this.#offended[at] = 0;
    this.#link(at);
    return at;
  }

  #link(at: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.#hi[at] ?? 0, this.#lo[at] ?? 0) & mask;
    while ((this.#slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = at;
  }

  #makeRoom(silentForMs: number): void {
    if (this.#size < this.#capacity) {
      this.#grow();
      return;
    }
    const limitMs = this.#newestMs - silentForMs;
    this.#retain((at) => (this.#offended[at] ?? 0) !== 0 || (this.#lastMs[at] ?? 0) >= limitMs);
    for (let atLeast = 2; this.#size > this.#capacity / 2; atLeast *= 2) {
      const before = this.#size;
      this.#retain((at) => (this.#offended[at] ?? 0) !== 0 || (this.#requests[at] ?? 0) >= atLeast);
      // Everyone left is marked: an attack by more clients than we hold. Forget the oldest half of the marks.
      if (this.#size === before && atLeast > 0xffffffff) this.#retain((at) => at >= before / 2);
    }
  }

  #grow(): void {
    const size = Math.min(this.#capacity, this.#hi.length * 2);
    this.#hi = grown(new Uint32Array(size), this.#hi);
    this.#lo = grown(new Uint32Array(size), this.#lo);
    this.#requests = grown(new Uint32Array(size), this.#requests);
    this.#firstMs = grown(new Float64Array(size), this.#firstMs);
    this.#lastMs = grown(new Float64Array(size), this.#lastMs);
    this.#offended = grown(new Uint32Array(size), this.#offended);
    this.#slots = new Int32Array(size * 2).fill(-1);
    for (let at = 0; at < this.#size; at++) this.#link(at);
  }

  #retain(isKept: (at: number) => boolean): void {
    let to = 0;
    const moved = new Map<number, number>();
    for (let at = 0; at < this.#size; at++) {
      if (!isKept(at)) continue;
      this.#hi[to] = this.#hi[at] ?? 0;
      this.#lo[to] = this.#lo[at] ?? 0;
      this.#requests[to] = this.#requests[at] ?? 0;
      this.#firstMs[to] = this.#firstMs[at] ?? 0;
      this.#lastMs[to] = this.#lastMs[at] ?? 0;
      this.#offended[to] = this.#offended[at] ?? 0;
      moved.set(at, to);
      to++;
    }
    this.#windows = this.#windows.map((windows) => movedTo(windows, moved));
    this.#forgotten += this.#size - to;
    this.#size = to;
    this.#slots.fill(-1);
    for (let at = 0; at < to; at++) this.#link(at);
  }
}

function movedTo(windows: Map<number, Held>, moved: Map<number, number>): Map<number, Held> {
  const kept = new Map<number, Held>();
  for (const [at, window] of windows) {
    const to = moved.get(at);
    if (to !== undefined) kept.set(to, window);
  }
  return kept;
}

/** Mixes both halves so that neighbours (a scanned network) spread over the table. */
function hash(hi: number, lo: number): number {
  let mixed = Math.imul(hi ^ (hi >>> 16), 0x85ebca6b) ^ Math.imul(lo ^ (lo >>> 15), 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x27d4eb2f);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function grown<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from);
  return to;
}
