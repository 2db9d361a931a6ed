import { open } from 'node:fs/promises';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { messageOf } from '../errors.ts';
import { LineCutter } from './lines.ts';

const peekBytes = 1 << 18;

/**
 * Paths in the order of their first records, because a shell lists the rotated, older files last and windows are
 * about time. `timeOf` answers a line's time or NaN. What cannot be peeked at (a pipe, a missing file) keeps its place.
 */
export async function inTimeOrder(
  paths: readonly string[],
  timeOf: (line: string) => number,
): Promise<string[]> {
  if (paths.length < 2) return [...paths];
  const known: { path: string; timeMs: number; at: number }[] = [];
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const [at, path] of paths.entries()) {
    const timeMs = await firstTime(path, timeOf);
    if (!Number.isNaN(timeMs)) newestMs = timeMs;
    known.push({ path, timeMs: Number.isNaN(timeMs) ? newestMs : timeMs, at });
  }
  return known.sort((a, b) => a.timeMs - b.timeMs || a.at - b.at).map((one) => one.path);
}

async function firstTime(path: string, timeOf: (line: string) => number): Promise<number> {
  const head = await headOf(path);
  let found = Number.NaN;
  const line = (text: string) => {
    if (Number.isNaN(found)) found = timeOf(text);
  };
  const cutter = new LineCutter({ line, tooLong: () => {} });
  cutter.push(head);
  if (Number.isNaN(found)) cutter.end();
  return found;
}

async function headOf(path: string): Promise<Buffer> {
  if (path === '-') return Buffer.alloc(0);
  try {
    const file = await open(path);
    try {
      if (!(await file.stat()).isFile()) return Buffer.alloc(0);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(peekBytes), 0, peekBytes, 0);
      return unpackedHead(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (thrown) {
    // Whatever is wrong with it is told when it is read in earnest.
    messageOf(thrown);
    return Buffer.alloc(0);
  }
}

function unpackedHead(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 1 << 26 });
}
