import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../errors.ts';
import { LineCutter, type LineSink } from './lines.ts';
import { keptBytes, readablePart } from './salvage.ts';

export interface ReadResult {
  bytes: number;
  /** Why the source ended early, or null. What came before it was handed on. */
  error: string | null;
}

/**
 * Reads a stream to its end, unpacking gzip (any number of members, and gzip inside gzip as Firehose delivers
 * CloudWatch Logs), and hands every line to the sink while it is read. Never throws for what the bytes are.
 */
export async function readLines(source: Readable, sink: LineSink): Promise<ReadResult> {
  const cutter = new LineCutter(sink);
  const result = await readChunks(source, (chunk) => cutter.push(chunk));
  cutter.end();
  return result;
}

/** Gets unpacked bytes, and the stream to pause when they come too fast. */
export type OnChunk = (chunk: Buffer, stream: Readable) => void;

/** As `readLines`, for bytes. */
export async function readChunks(source: Readable, onChunk: OnChunk): Promise<ReadResult> {
  const result: ReadResult = { bytes: 0, error: null };
  try {
    await unpack(source, 0, (chunk, stream) => {
      result.bytes += chunk.length;
      onChunk(chunk, stream);
    });
  } catch (thrown) {
    result.error = messageOf(thrown);
  }
  return result;
}

export function openFile(path: string): Readable {
  return createReadStream(path, { highWaterMark: 1 << 18 });
}

const maxLayers = 2;
/** Written at once; what one such piece unpacks to is lost when the damage is in it and the source is large. */
const pieceBytes = 1 << 15;

/**
 * `data` handlers instead of an iterator: when a gzip turns out to be cut, an iterator throws away what was
 * unpacked and not yet fetched.
 */
function unpack(source: Readable, layer: number, onChunk: OnChunk): Promise<void> {
  return new Promise((resolve, reject) => {
    let head: Buffer | null = Buffer.alloc(0);
    let gunzip: Gunzipping | null = null;
    const begin = (bytes: Buffer) => {
      head = null;
      if (layer < maxLayers && bytes[0] === 0x1f && bytes[1] === 0x8b) {
        gunzip = new Gunzipping(source, layer, onChunk);
        gunzip.done.catch(reject);
        gunzip.write(bytes);
      } else if (bytes.length > 0) onChunk(bytes, source);
    };
    source.on('data', (chunk: Buffer) => {
      if (head === null) {
        if (gunzip) gunzip.write(chunk);
        else onChunk(chunk, source);
        return;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length >= 2) begin(head);
    });
    source.on('error', (error) => {
      if (head?.length) begin(head);
      gunzip?.abandon();
      reject(error);
    });
    source.on('end', () => {
      if (head !== null) begin(head);
      if (gunzip) gunzip.end().then(resolve, reject);
      else resolve();
    });
  });
}

/** One gzip layer over a source, which waits while this one is behind. */
class Gunzipping {
  readonly done: Promise<void>;
  readonly #source: Readable;
  readonly #gunzip = createGunzip({ chunkSize: 1 << 16 });
  #kept: Buffer[] | null = [];
  #keptBytes = 0;

  constructor(source: Readable, layer: number, onChunk: OnChunk) {
    this.#source = source;
    let unpacked = 0;
    this.#gunzip.on('data', (chunk: Buffer) => {
      unpacked += chunk.length;
    });
    this.#gunzip.on('drain', () => source.resume());
    this.done = unpack(this.#gunzip, layer + 1, onChunk).catch((error) => {
      const part = this.#kept && layer === 0 ? readablePart(Buffer.concat(this.#kept)) : Buffer.alloc(0);
      // A packed text inside is not the log's own lines.
      if (part[0] !== 0x1f) onChunk(part.subarray(unpacked), this.#gunzip);
      source.destroy();
      throw error;
    });
  }

  write(bytes: Buffer): void {
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > keptBytes) this.#kept = null;
    this.#kept?.push(bytes);
    let isFull = false;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      isFull = !this.#gunzip.write(bytes.subarray(at, at + pieceBytes)) || isFull;
    }
    if (isFull) this.#source.pause();
  }

  end(): Promise<void> {
    this.#gunzip.end();
    return this.done;
  }

  abandon(): void {
    this.#gunzip.destroy();
  }
}
