import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { LineCutter, type LineSink } from '../logs/lines.ts';
import { type Slab, SlabCutter } from '../logs/slabs.ts';
import { type ReadResult, readChunks } from '../logs/source.ts';
import type { WafAnalysis } from './analysis.ts';
import { type Batch, BatchTaker } from './batch.ts';
import type { BatchRequest, BatchWorkerData } from './batch-worker.ts';

/** One is read while the other waits. */
const slabsPerThread = 2;

interface Thread {
  worker: Worker;
  taker: BatchTaker;
  isDead: boolean;
}

/** A piece of the log in its place: read by a thread, or, with no thread, here. */
interface Piece {
  slab: Slab;
  thread: Thread | null;
  batch: Batch | null;
}

/**
 * Reads logs with several threads. Windows are about order, so that only reading is spread: what the threads have read is
 * taken in here, piece by piece in the order of the log, and the outcome is that of one thread.
 */
export class ReadingThreads {
  readonly #threads: Thread[];
  readonly #analysis: WafAnalysis;

  constructor(count: number, data: BatchWorkerData, analysis: WafAnalysis) {
    this.#analysis = analysis;
    this.#threads = Array.from({ length: count }, () => startThread(data));
  }

  /** As `readLines`; `sink` gets the lines that no thread could read. */
  read(source: Readable, sink: LineSink): Promise<ReadResult> {
    return new Reading(this.#threads, this.#analysis, sink).read(source);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(workerData: BatchWorkerData): Thread {
  const worker = new Worker(new URL('./batch-worker.ts', import.meta.url), {
    workerData,
    // Texts of a log die young, and threads share the memory that one has.
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  });
  const thread = { worker, taker: new BatchTaker(), isDead: false };
  const isDead = () => {
    thread.isDead = true;
  };
  // Without a listener an error would end the process; what the thread had to read is read here.
  worker.on('error', isDead).on('exit', isDead);
  return thread;
}

/** One source from its beginning to its end. */
class Reading {
  readonly #threads: readonly Thread[];
  readonly #analysis: WafAnalysis;
  readonly #sink: LineSink;
  readonly #straight: LineCutter;
  readonly #slabs = new SlabCutter((slab) => this.#add(slab));
  readonly #pieces: Piece[] = [];
  #sent = 0;
  /** The rest is read here: it is no WAF log, or its lines are longer than a slab. */
  #isStraight = false;
  #paused: Readable | null = null;
  readonly #end = Promise.withResolvers<void>();
  #isEnding = false;

  constructor(threads: readonly Thread[], analysis: WafAnalysis, sink: LineSink) {
    this.#threads = threads;
    this.#analysis = analysis;
    this.#sink = sink;
    this.#straight = new LineCutter(sink);
  }

  async read(source: Readable): Promise<ReadResult> {
    const stops = this.#threads.map((thread) => this.#listen(thread));
    try {
      const result = await readChunks(source, (chunk, stream) => {
        this.#slabs.push(chunk);
        if (this.#hasRoom) return;
        stream.pause();
        this.#paused = stream;
      });
      this.#slabs.end();
      this.#isEnding = true;
      this.#takeIn();
      await this.#end.promise;
      this.#straight.end();
      return result;
    } finally {
      for (const stop of stops) stop();
    }
  }

  get #hasRoom(): boolean {
    return this.#pieces.length < this.#threads.length * slabsPerThread;
  }

  #listen(thread: Thread): () => void {
    const onMessage = (batch: Batch) => {
      const piece = this.#pieces.find((one) => one.thread === thread && one.batch === null);
      if (piece) piece.batch = batch;
      this.#takeIn();
    };
    const onExit = () => {
      thread.isDead = true;
      for (const piece of this.#pieces) if (piece.thread === thread && !piece.batch) piece.thread = null;
      this.#takeIn();
    };
    thread.worker.on('message', onMessage).on('exit', onExit);
    return () => thread.worker.off('message', onMessage).off('exit', onExit);
  }

  #add(slab: Slab): void {
    if (!slab.isWhole || Buffer.from(slab.shared, 0, 1)[0] !== 123) this.#isStraight = true;
    const alive = this.#isStraight ? [] : this.#threads.filter((one) => !one.isDead);
    const thread = alive[this.#sent++ % alive.length] ?? null;
    this.#pieces.push({ slab, thread, batch: null });
    const { shared, length } = slab;
    thread?.worker.postMessage({ shared, length } satisfies BatchRequest);
    this.#takeIn();
  }

  /** Takes in what is ready, in the order of the log. */
  #takeIn(): void {
    for (let piece = this.#pieces[0]; piece && (piece.batch || !piece.thread); piece = this.#pieces[0]) {
      this.#pieces.shift();
      if (piece.batch) this.#takeBatch(piece.batch, piece.thread?.taker);
      else this.#straight.push(Buffer.from(piece.slab.shared, 0, piece.slab.length));
      this.#slabs.reuse(piece.slab);
    }
    if (this.#isEnding && this.#pieces.length === 0) this.#end.resolve();
    if (!this.#hasRoom) return;
    this.#paused?.resume();
    this.#paused = null;
  }

  #takeBatch(batch: Batch, taker: BatchTaker | undefined): void {
    taker?.take(batch, this.#analysis, this.#sink);
    // Threads that hand back what they get are of no use.
    if (batch.lines.length > batch.count) this.#isStraight = true;
  }
}
