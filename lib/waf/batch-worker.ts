import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, BatchReader } from './batch.ts';
import type { WafLoop } from './policy.ts';

/** What a thread is started with. */
export interface BatchWorkerData {
  loop: WafLoop;
  proxies: readonly string[];
}

/** What it is asked: to read the first `length` bytes of memory that it shares with who asks. */
export interface BatchRequest {
  shared: SharedArrayBuffer;
  length: number;
}

const { loop, proxies } = workerData as BatchWorkerData;
const reader = new BatchReader(loop, proxies);

parentPort?.on('message', ({ shared, length }: BatchRequest) => {
  const batch: Batch = reader.read(Buffer.from(shared, 0, length));
  parentPort?.postMessage(batch, [batch.times.buffer, batch.words.buffer]);
});
