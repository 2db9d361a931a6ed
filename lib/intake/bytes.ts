import { createGunzip } from 'node:zlib';
import { messageOf } from '../errors.ts';

export type Bytes = Buffer | { broken: string };

/** The bytes of a stream, unpacked where they are gzip (also several members behind one another). */
export async function* unpacked(stream: AsyncIterable<Buffer>): AsyncIterable<Bytes> {
  const { head, rest } = await peek(stream);
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzipped(rest);
  else if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    yield { broken: 'UTF-16; expected UTF-8' };
  } else yield* rest;
}

async function peek(stream: AsyncIterable<Buffer>): Promise<{ head: Buffer; rest: AsyncIterable<Buffer> }> {
  const iterator = stream[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 3) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const isMarked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  async function* all(): AsyncIterable<Buffer> {
    yield isMarked ? head.subarray(3) : head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, rest: all() };
}

/** Small steps in, so that little is in memory at once however well it was packed. */
const stepBytes = 16 * 1024;

/**
 * Everything that can be unpacked, then the reason why it ended early. Piping would drop what was unpacked just
 * before the error.
 */
async function* gunzipped(stream: AsyncIterable<Buffer>): AsyncIterable<Bytes> {
  const gunzip = createGunzip();
  let out: Buffer[] = [];
  let failure: Error | null = null;
  gunzip.on('data', (chunk: Buffer) => out.push(chunk));
  gunzip.on('error', (error) => {
    failure = error;
  });
  const taken = (): Buffer[] => {
    const chunks = out;
    out = [];
    return chunks;
  };
  const hasFailed = () => failure !== null;
  try {
    for await (const chunk of stream) {
      for (let from = 0; from < chunk.length && !hasFailed(); from += stepBytes) {
        await settled((done) => gunzip.write(chunk.subarray(from, from + stepBytes), done));
        yield* taken();
      }
      if (hasFailed()) break;
    }
    if (!hasFailed()) await settled((done) => gunzip.once('end', done).once('error', done).end());
    yield* taken();
    if (failure) yield { broken: `broken gzip: ${messageOf(failure)}` };
  } finally {
    gunzip.destroy();
  }
}

/** Waits for the callback whatever it says, and for the data events that it let loose. */
async function settled(start: (done: () => void) => void): Promise<void> {
  await new Promise<void>((resolve) => start(() => resolve()));
  await new Promise<void>((resolve) => setImmediate(resolve));
}
