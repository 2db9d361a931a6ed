import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deed } from './deed.ts';
import { KeptOnce, type Row } from './kept-once.ts';
import { inTime } from './order.ts';

/** How many deeds stand in memory; what is more goes to files of as many each. */
const inMemoryMost = 200_000;

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

  add(deed: Deed): void {
    this.#deeds.push(this.#kept.of(deed));
  }

  /** Whether it is time to spill. */
  get isFull(): boolean {
    return this.#deeds.length >= this.#most;
  }

  async spill(): Promise<void> {
    const deeds = this.#deeds.sort(inTime);
    this.#deeds = [];
    this.#folder ??= await mkdtemp(join(tmpdir(), 'snapshut-backtest-'));
    const file = join(this.#folder, `${this.#files.length}.jsonl`);
    this.#files.push(file);
    await writeFile(file, this.#linesOf(deeds), { mode: 0o600 });
  }

  /** Some at a time. Equal resources are one object. */
  async *inOrder(): AsyncGenerator<readonly Deed[]> {
    this.#deeds.sort(inTime);
    if (this.#files.length === 0) {
      yield this.#deeds;
      return;
    }
    const sources = this.#files.map((file) => this.#read(file));
    yield* merged([...sources, one(this.#deeds)]);
  }

  /** What stands in files is deleted. */
  async close(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
    this.#files = [];
  }

  /** Many rows a line: one text of them is read much faster than as many texts. */
  *#linesOf(deeds: readonly Deed[]): Generator<string> {
    for (let from = 0; from < deeds.length; from += atOnce) {
      const rows = deeds.slice(from, from + atOnce).map((deed) => this.#kept.rowOf(deed));
      yield `${JSON.stringify(rows)}\n`;
    }
  }

  async *#read(file: string): AsyncGenerator<readonly Deed[]> {
    let rest = '';
    for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      // Written by ourselves, above.
      for (const line of lines) yield (JSON.parse(line) as Row[]).map((row) => this.#kept.deedOf(row));
    }
  }
}

const atOnce = 500;

async function* one(deeds: readonly Deed[]): AsyncGenerator<readonly Deed[]> {
  if (deeds.length > 0) yield deeds;
}

/** A sorted source, and how far it is read. */
interface Head {
  source: AsyncIterator<readonly Deed[]>;
  some: readonly Deed[];
  at: number;
}

/** Several sorted sources as one. There are few of them, so the first is found by looking at all. */
async function* merged(sources: readonly AsyncIterator<readonly Deed[]>[]): AsyncGenerator<Deed[]> {
  const heads: Head[] = sources.map((source) => ({ source, some: [], at: 0 }));
  for (const head of [...heads]) await readOn(head, heads);
  let out: Deed[] = [];
  while (heads.length > 0) {
    const first = heads.reduce((a, b) => (inTime(nextOf(b), nextOf(a)) < 0 ? b : a));
    out.push(nextOf(first));
    first.at++;
    if (first.at === first.some.length) await readOn(first, heads);
    if (out.length < atOnce) continue;
    yield out;
    out = [];
  }
  yield out;
}

/** Heads are in `heads` as long as they have a next deed. */
function nextOf({ some, at }: Head): Deed {
  return some[at] as Deed;
}

async function readOn(head: Head, heads: Head[]): Promise<void> {
  const next = await head.source.next();
  if (next.done) heads.splice(heads.indexOf(head), 1);
  else Object.assign(head, { some: next.value, at: 0 });
}
