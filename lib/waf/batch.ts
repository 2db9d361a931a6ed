import type { LineSink } from '../logs/lines.ts';
import { LineCutter } from '../logs/lines.ts';
import { Networks } from '../logs/networks.ts';
import type { Alike } from './alike.ts';
import type { WafAnalysis } from './analysis.ts';
import { clientOf } from './client.ts';
import { parseAwsWafFast } from './formats/aws-waf-fast.ts';
import { mayNameUser } from './login.ts';
import { Matchers } from './matchers.ts';
import { activeDetectors, type WafLoop } from './policy.ts';

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

/**
 * Reads what can be read without knowing the lines before: WAF lines as AWS writes them. Every other line, and one
 * about which a detector may remember something, is handed back as it is.
 */
export class BatchReader {
  readonly #matchers: Matchers;
  readonly #proxies: Networks;
  readonly #numbers = new Map<Alike, number>();

  constructor(loop: WafLoop, proxies: readonly string[]) {
    this.#matchers = new Matchers(activeDetectors(loop));
    this.#proxies = new Networks(proxies);
  }

  /** `bytes`: whole lines. */
  read(bytes: Buffer): Batch {
    const isAnew = this.#numbers.size > alikesHeld;
    if (isAnew) this.#numbers.clear();
    // No line that is read is shorter than a hundred bytes.
    const most = Math.ceil(bytes.length / 100) + 1;
    const batch: Batch = {
      ...{ count: 0, alikes: [], isAnew, lines: [] },
      ...{ times: new Float64Array(most), words: new Uint32Array(most * wordsEach) },
    };
    const other = (line: string) => batch.lines.push({ after: batch.count, line });
    const cutter = new LineCutter({
      line: (line) => this.#add(batch, line) || other(line),
      tooLong: other,
    });
    cutter.push(bytes);
    cutter.end();
    return batch;
  }

  #add(batch: Batch, line: string): boolean {
    const request = line.charCodeAt(0) === 123 ? parseAwsWafFast(line, !this.#proxies.isEmpty) : null;
    if (!request?.alike || mayNameUser(request)) return false;
    const client = clientOf(request, this.#proxies);
    if (!client || batch.count === batch.times.length) return false;
    const at = batch.count++;
    batch.times[at] = request.timeMs;
    const word = at * wordsEach;
    batch.words[word] = client.hi;
    batch.words[word + 1] = client.lo;
    batch.words[word + 2] = this.#numberOf(request.alike, batch.alikes);
    batch.words[word + 3] = this.#matchers.matching(request, client);
    return true;
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
