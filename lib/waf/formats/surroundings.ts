import { ByteTexts } from '../../logs/byte-texts.ts';
import type { Bytes } from '../../logs/json-bytes.ts';
import type { Request, Verdict } from '../request.ts';

/** What the text around a request says of it. */
export interface Surroundings {
  /** The same for all that say the same, and never another's. */
  number: number;
  verdict: Verdict | null;
  status: number;
  tls: string;
}

/** A line in the slow and certain way: the one request in it, or null. */
export type ReadSlowly = (line: string) => Request | null;

export interface AroundNumbers {
  before: number;
  behind: number;
}

const textsHeld = 2_000;
const pairsHeld = 10_000;
/** Longer texts are not learned: they are rare, or somebody writes them to fill the memory. */
const longest = 4_096;
/** Learning a text costs as much as reading so many lines. */
const learningCosts = 8;
const creditMost = 16_000;

const standIn = { timeMs: 1764000000000, sender: '192.0.2.1', path: '/stand-in', query: 'stand=in' };

/** What stands before and behind a request in its line is the same in most lines: what it means is worked out once. */
export class KnownSurroundings {
  readonly before = new ByteTexts(textsHeld);
  readonly behind = new ByteTexts(textsHeld);
  readonly #readSlowly: ReadSlowly;
  readonly #known = new Map<number, Surroundings | null>();
  readonly #numbers = new Map<string, number>();
  #next = 0;
  #credit = creditMost;

  constructor(readSlowly: ReadSlowly) {
    this.#readSlowly = readSlowly;
  }

  /** What the texts with these numbers mean. Null: lines with them have to be read the slow way. Undefined: not known yet. */
  of(numbers: AroundNumbers): Surroundings | null | undefined {
    if (this.#credit < creditMost) this.#credit++;
    return this.#known.get(keyOf(numbers));
  }

  /** The number of a text, learned if need be; -1 where it is not to be learned. */
  numberOf(texts: ByteTexts, bytes: Bytes, from: number, to: number): number {
    if (to - from > longest || to < from) return -1;
    const known = texts.find(bytes, from, to);
    if (known >= 0) return known;
    // Texts that differ from line to line are not worth it.
    if (this.#credit < learningCosts) return -1;
    this.#credit -= learningCosts;
    if (texts.isFull) texts.clear();
    return texts.add(bytes, from, to);
  }

  learn(numbers: AroundNumbers, texts: { before: string; behind: string }): Surroundings | null {
    const found = this.#meaningOf(texts);
    if (this.#known.size >= pairsHeld) {
      this.#known.clear();
      this.#numbers.clear();
    }
    this.#known.set(keyOf(numbers), found);
    return found;
  }

  /**
   * Asks the slow way about a line with another request in the same place. That request must come back as it is: then the
   * texts neither say it again nor end it early, and what else comes back is theirs.
   */
  #meaningOf({ before, behind }: { before: string; behind: string }): Surroundings | null {
    const { timeMs, sender, path, query } = standIn;
    const read = this.#readSlowly(
      `{"timestamp":${timeMs}${before},"httpRequest":{"clientIp":"${sender}","country":"FI","headers":` +
        `[{"name":"User-Agent","value":"stand-in"}],"uri":"${path}","args":"${query}","httpVersion":"-",` +
        `"httpMethod":"STAND","requestId":"-${behind}`,
    );
    if (!read || read.timeMs !== timeMs || read.sender !== sender || read.path !== path) return null;
    if (read.query !== query || read.method !== 'STAND' || read.country !== 'FI') return null;
    if (read.userAgent !== 'stand-in' || read.user !== '' || read.forwardedFor !== '') return null;
    const { verdict, status, tls } = read;
    const said = JSON.stringify([verdict, status, tls]);
    const number = this.#numbers.get(said) ?? this.#next++;
    this.#numbers.set(said, number);
    return { number, verdict, status, tls };
  }
}

function keyOf({ before, behind }: AroundNumbers): number {
  return before * 2 ** 26 + behind;
}
