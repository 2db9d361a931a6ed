import { type Bytes, bytesOf } from './json-bytes.ts';

/** Where texts fall together (somebody may have made them so), another takes the place: a search stays short. */
const stepsMost = 8;

interface Held {
  bytes: Bytes;
  hash: number;
  number: number;
}

/** Numbers for texts that come again and again, found by their bytes: nobody has to build the same text twice. */
export class ByteTexts {
  readonly #places: (Held | undefined)[];
  readonly #mask: number;
  readonly #most: number;
  #size = 0;
  #next = 0;
  #last: Held | null = null;

  /** Holds at most `most` texts. */
  constructor(most: number) {
    const places = 2 ** Math.ceil(Math.log2(most * 2));
    this.#places = new Array<Held | undefined>(places).fill(undefined);
    this.#mask = places - 1;
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#size >= this.#most;
  }

  /** The length of the text that was asked about last if it lies here too, and -1 if another one does. */
  lastLengthAt(bytes: Bytes, from: number): number {
    const last = this.#last;
    return last !== null && isSame(last.bytes, bytes, from) ? last.bytes.one.length : -1;
  }

  get lastNumber(): number {
    return this.#last?.number ?? -1;
  }

  /** -1 where the text is not known. */
  find(bytes: Bytes, from: number, to: number): number {
    const hash = hashOf(bytes, from, to);
    for (let step = 0; step < stepsMost; step++) {
      const held = this.#places[(hash + step) & this.#mask];
      if (held === undefined) return -1;
      if (held.hash !== hash || held.bytes.one.length !== to - from) continue;
      if (!isSame(held.bytes, bytes, from)) continue;
      this.#last = held;
      return held.number;
    }
    return -1;
  }

  /** Gives a text that is not known the next number, which no other text ever had. */
  add(bytes: Bytes, from: number, to: number): number {
    const copy = bytesOf(Buffer.from(bytes.one.subarray(from, to)));
    const held = { bytes: copy, hash: hashOf(bytes, from, to), number: this.#next++ };
    this.#size++;
    let step = 0;
    while (step < stepsMost && this.#places[(held.hash + step) & this.#mask] !== undefined) step++;
    this.#places[(held.hash + (step % stepsMost)) & this.#mask] = held;
    this.#last = held;
    return held.number;
  }

  clear(): void {
    this.#places.fill(undefined);
    this.#size = 0;
    this.#last = null;
  }
}

function isSame(held: Bytes, { one, four }: Bytes, from: number): boolean {
  const { length } = held.one;
  if (from + length > one.length) return false;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    if (held.four.getInt32(at, true) !== four.getInt32(from + at, true)) return false;
  }
  for (; at < length; at++) if (held.one[at] !== one[from + at]) return false;
  return true;
}

function hashOf({ one, four }: Bytes, from: number, to: number): number {
  let hash = to - from;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    hash = Math.imul(hash ^ four.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < to; at++) hash = Math.imul(hash ^ (one[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
