import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Deed } from './deed.ts';
import { KeptOnce } from './kept-once.ts';
import { inTime } from './order.ts';

/** How many deeds stand in memory; what is more goes to files of as many each. */
const inMemoryMost = 100_000;

/** Deeds in any order, handed out in the order of time, in bounded memory however many there are. */
export class SortedDeeds {
  readonly #most: number;
  readonly #kept = new KeptOnce();
  #deeds: Deed[] = [];
  #folder: string | null = null;
  #files: string[] = [];

  constructor(most = inMemoryMost) {
    this.#most = most;
  }

  /** Null as long as there is room; else to be waited for. */
  add(deed: Deed): Promise<void> | null {
    this.#deeds.push(this.#kept.of(deed));
    return this.#deeds.length < this.#most ? null : this.#spill();
  }

  /** Some at a time. */
  async *inOrder(): AsyncGenerator<readonly Deed[]> {
    this.#deeds.sort(inTime);
    const sources: AsyncIterator<Deed>[] = [];
    for (const file of this.#files) sources.push(this.#read(file));
    if (sources.length === 0) yield this.#deeds;
    else yield* merged([...sources, listed(this.#deeds)]);
  }

  /** What stands in files is deleted. */
  async close(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
    this.#files = [];
  }

  async #spill(): Promise<void> {
    const deeds = this.#deeds.sort(inTime);
    this.#deeds = [];
    this.#folder ??= await mkdtemp(join(tmpdir(), 'snapshut-backtest-'));
    const file = join(this.#folder, `${this.#files.length}.jsonl`);
    this.#files.push(file);
    await writeFile(file, linesOf(deeds), { mode: 0o600 });
  }

  async *#read(file: string): AsyncGenerator<Deed> {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      // Written by ourselves, above.
      yield this.#kept.of(JSON.parse(line) as Deed);
    }
  }
}

const atOnce = 1_000;

function* linesOf(deeds: readonly Deed[]): Generator<string> {
  for (let from = 0; from < deeds.length; from += atOnce) {
    yield deeds
      .slice(from, from + atOnce)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join('');
  }
}

async function* listed(deeds: readonly Deed[]): AsyncGenerator<Deed> {
  yield* deeds;
}

/** Several sorted sources as one. There are few of them, so the first is found by looking at all. */
async function* merged(sources: readonly AsyncIterator<Deed>[]): AsyncGenerator<Deed[]> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  let some: Deed[] = [];
  for (;;) {
    let first: (typeof heads)[number] | null = null;
    for (const head of heads) {
      if (head.next.done) continue;
      if (first === null || inTime(head.next.value, first.next.value) < 0) first = head;
    }
    if (first === null) break;
    some.push(first.next.value);
    if (some.length === atOnce) {
      yield some;
      some = [];
    }
    first.next = await first.source.next();
  }
  yield some;
}
