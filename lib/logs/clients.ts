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

/** A client is eight numbers of eight bytes side by side, so that looking at one touches one line of the cache. */
const numbersEach = 8;
/** Words of four bytes: hi, lo, requests, marks of detectors, how many times stand in place. */
const wordsEach = 2 * numbersEach;
const [hiAt, loAt, requestsAt, marksAt, timesAt] = [0, 1, 2, 3, 4];
/** Numbers: the first and last request, and the first few times for the detector that counts every request. */
const [firstAt, lastAt, timeAt] = [3, 4, 5];
const timesInPlace = 3;
/** In place of how many times there are: they are in a window. */
const inWindow = 255;

/**
 * Every client seen, in one flat array: 64 bytes each and no object, until a client comes often and needs windows.
 * At most `capacity` clients are held, whatever the file: when it is full, those go first that were silent for
 * longer than any window, then the quietest. Offenders stay.
 */
export class Clients {
  readonly #capacity: number;
  #size = 0;
  #room: number;
  #slots: Int32Array;
  #numbers: Float64Array;
  #words: Uint32Array;
  #windows: Map<number, Held>[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;
  #forgotten = 0;

  constructor(capacity = 1 << 20) {
    this.#capacity = capacity;
    this.#room = Math.min(capacity, 1 << 12);
    this.#slots = new Int32Array(this.#room * 2).fill(-1);
    this.#numbers = new Float64Array(this.#room * numbersEach);
    this.#words = new Uint32Array(this.#numbers.buffer);
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
    let at = this.find(key);
    if (at < 0) {
      if (this.#size === this.#room) this.#makeRoom(silentForMs);
      at = this.#add(key, timeMs);
    }
    const word = at * wordsEach + requestsAt;
    this.#words[word] = (this.#words[word] ?? 0) + requests;
    const number = at * numbersEach;
    if (timeMs < (this.#numbers[number + firstAt] ?? 0)) this.#numbers[number + firstAt] = timeMs;
    if (timeMs > (this.#numbers[number + lastAt] ?? 0)) this.#numbers[number + lastAt] = timeMs;
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    return at;
  }

  at(place: number): Client {
    const word = place * wordsEach;
    const number = place * numbersEach;
    return {
      key: { hi: this.#words[word + hiAt] ?? 0, lo: this.#words[word + loAt] ?? 0 },
      requests: this.#words[word + requestsAt] ?? 0,
      firstMs: this.#numbers[number + firstAt] ?? 0,
      lastMs: this.#numbers[number + lastAt] ?? 0,
    };
  }

  /** Its times went from their place into a window. */
  hasWindow(place: number): boolean {
    return this.#words[place * wordsEach + timesAt] === inWindow;
  }

  /**
   * Notes a time in place for the first detector; false where there is no room left for it. What is older than `keptMs`
   * before it matters no more. The times of a client that needs a window are taken out with `takeTimes`.
   */
  noteTime(place: number, timeMs: number, keptMs: number): boolean {
    const word = place * wordsEach + timesAt;
    const from = place * numbersEach + timeAt;
    const count = this.#words[word] ?? 0;
    if (count === 0) {
      this.#numbers[from] = timeMs;
      this.#words[word] = 1;
      return true;
    }
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const time = this.#numbers[from + index] ?? 0;
      if (time < timeMs - keptMs) continue;
      this.#numbers[from + kept++] = time;
    }
    this.#words[word] = kept;
    if (kept === timesInPlace) return false;
    this.#numbers[from + kept] = timeMs;
    this.#words[word] = kept + 1;
    return true;
  }

  takeTimes(place: number): number[] {
    const word = place * wordsEach + timesAt;
    const from = place * numbersEach + timeAt;
    const times = [...this.#numbers.subarray(from, from + (this.#words[word] ?? 0))];
    this.#words[word] = inWindow;
    return times.sort((a, b) => a - b);
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
    const word = place * wordsEach + marksAt;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << detector);
    this.#windows[detector]?.delete(place);
  }

  clearOffended(place: number): void {
    if (place >= 0) this.#words[place * wordsEach + marksAt] = 0;
  }

  hasOffended(place: number, detector: number): boolean {
    return (this.offended(place) & (1 << detector)) !== 0;
  }

  /** A bit for each detector whose limit it passed. */
  offended(place: number): number {
    return this.#words[place * wordsEach + marksAt] ?? 0;
  }

  networksOfGood(): Set<string> {
    const found = new Set<string>();
    for (let at = 0; at < this.#size; at++) {
      if (!this.#isMarked(at)) found.add(neighbourhoodOf(this.at(at).key));
    }
    return found;
  }

  /** The place of a client that is held, or -1. */
  find({ hi, lo }: ClientKey): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(hi, lo) & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] ?? -1;
      if (at < 0) return -1;
      const word = at * wordsEach;
      if (this.#words[word + loAt] === lo && this.#words[word + hiAt] === hi) return at;
    }
  }

  #isMarked(at: number): boolean {
    return this.#words[at * wordsEach + marksAt] !== 0;
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

  #add({ hi, lo }: ClientKey, timeMs: number): number {
    const at = this.#size++;
    const number = at * numbersEach;
    this.#numbers.fill(0, number, number + numbersEach);
    this.#words[at * wordsEach + hiAt] = hi;
    this.#words[at * wordsEach + loAt] = lo;
    this.#numbers[number + firstAt] = timeMs;
    this.#numbers[number + lastAt] = timeMs;
    this.#link(at);
    return at;
  }

  #link(at: number): void {
    const mask = this.#slots.length - 1;
    const word = at * wordsEach;
    let slot = hash(this.#words[word + hiAt] ?? 0, this.#words[word + loAt] ?? 0) & mask;
    while ((this.#slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = at;
  }

  #makeRoom(silentForMs: number): void {
    if (this.#size < this.#capacity) {
      this.#grow();
      return;
    }
    const limitMs = this.#newestMs - silentForMs;
    this.#retain((at) => this.#isMarked(at) || (this.#numbers[at * numbersEach + lastAt] ?? 0) >= limitMs);
    for (let atLeast = 2; this.#size > this.#capacity / 2; atLeast *= 2) {
      const before = this.#size;
      this.#retain((at) => this.#isMarked(at) || (this.#words[at * wordsEach + requestsAt] ?? 0) >= atLeast);
      // Everyone left is marked: an attack by more clients than we hold. Forget the oldest half of the marks.
      if (this.#size === before && atLeast > 0xffffffff) this.#retain((at) => at >= before / 2);
    }
  }

  #grow(): void {
    this.#room = Math.min(this.#capacity, this.#room * 2);
    const grown = new Float64Array(this.#room * numbersEach);
    grown.set(this.#numbers);
    this.#numbers = grown;
    this.#words = new Uint32Array(grown.buffer);
    this.#slots = new Int32Array(this.#room * 2).fill(-1);
    for (let at = 0; at < this.#size; at++) this.#link(at);
  }

  #retain(isKept: (at: number) => boolean): void {
    let to = 0;
    const moved = new Map<number, number>();
    for (let at = 0; at < this.#size; at++) {
      if (!isKept(at)) continue;
      const from = at * numbersEach;
      this.#numbers.copyWithin(to * numbersEach, from, from + numbersEach);
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
