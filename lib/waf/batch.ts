import type { ClientKey } from '../logs/address.ts';
import type { LineSink } from '../logs/lines.ts';
import { LineCutter } from '../logs/lines.ts';
import type { Alike } from './alike.ts';
import type { WafAnalysis } from './analysis.ts';
import type { WafLoop } from './policy.ts';
import { QuickRequests } from './quick-requests.ts';

/** Of each request: both halves of its client, its place in `alikes`, what the detectors say. */
const wordsEach = 4;
const alikesHeld = 1 << 13;

/** Whole lines of a WAF log, read elsewhere. Everything in it can be sent between threads. */
export interface Batch {
  count: number;
  times: Float64Array<ArrayBuffer>;
  words: Uint32Array<ArrayBuffer>;
  /** What the reader tells of for the first time, in the order of its numbers. With `isAnew` they begin again at 0. */
  alikes: Alike[];
  isAnew: boolean;
  /** Lines that are not read here, each with how many requests come before it. */
  lines: { after: number; line: string }[];
}

/** Reads what `QuickRequests` can read; every other line is handed back as it is. */
export class BatchReader {
  readonly #quick: QuickRequests;
  readonly #numbers = new Map<Alike, number>();
  #batch = emptyBatch(0);

  constructor(loop: WafLoop, proxies: readonly string[]) {
    this.#quick = new QuickRequests(loop, { hasProxies: proxies.length > 0 }, (...read) =>
      this.#add(...read),
    );
  }

  /** `bytes`: whole lines. */
  read(bytes: Buffer): Batch {
    // No line that is read is shorter than a hundred bytes.
    const batch = emptyBatch(Math.ceil(bytes.length / 100) + 1);
    this.#batch = batch;
    batch.isAnew = this.#numbers.size > alikesHeld;
    if (batch.isAnew) this.#numbers.clear();
    const other = (line: string) => batch.lines.push({ after: batch.count, line });
    const cutter = new LineCutter({
      line: other,
      tooLong: other,
      quick: (bytes, from) => this.#quick.read(bytes, from),
    });
    cutter.push(bytes);
    cutter.end();
    return trimmed(batch);
  }

  #add({ hi, lo }: ClientKey, timeMs: number, alike: Alike, matching: number): void {
    const batch = this.#batch;
    const at = batch.count++;
    batch.times[at] = timeMs;
    const word = at * wordsEach;
    batch.words[word] = hi;
    batch.words[word + 1] = lo;
    batch.words[word + 2] = this.#numberOf(alike, batch.alikes);
    batch.words[word + 3] = matching;
  }

  #numberOf(alike: Alike, added: Alike[]): number {
    const known = this.#numbers.get(alike);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(alike, number);
    added.push(alike);
    return number;
  }
}

function emptyBatch(most: number): Batch {
  return {
    ...{ count: 0, alikes: [], isAnew: false, lines: [] },
    ...{ times: new Float64Array(most), words: new Uint32Array(most * wordsEach) },
  };
}

/** Only what was read is sent. */
function trimmed(batch: Batch): Batch {
  const { count, times, words } = batch;
  return { ...batch, times: times.slice(0, count), words: words.slice(0, count * wordsEach) };
}

/** Takes in the batches of one reader, in the order in which it made them. */
export class BatchTaker {
  #alikes: Alike[] = [];

  take(batch: Batch, analysis: WafAnalysis, sink: LineSink): void {
    if (batch.isAnew) this.#alikes = [];
    this.#alikes.push(...batch.alikes);
    let at = 0;
    for (const { after, line } of batch.lines) {
      for (; at < after; at++) this.#one(batch, at, analysis);
      sink.line(line);
    }
    for (; at < batch.count; at++) this.#one(batch, at, analysis);
  }

  #one({ times, words }: Batch, at: number, analysis: WafAnalysis): void {
    const word = at * wordsEach;
    const alike = this.#alikes[words[word + 2] ?? 0];
    if (!alike) throw new Error('a batch was taken in out of order');
    const key = { hi: words[word] ?? 0, lo: words[word + 1] ?? 0 };
    analysis.seeRead(key, times[at] ?? 0, alike, words[word + 3] ?? 0);
  }
}
