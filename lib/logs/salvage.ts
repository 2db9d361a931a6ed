import { gunzipSync, constants as zlib } from 'node:zlib';

/** Packed bytes kept of each source, so that damage in a small one costs nothing but the damage. */
export const keptBytes = 1 << 20;

/**
 * What a damaged gzip still holds: everything that unpacks before the damage. A stream throws away the output of
 * the write in which it met the damage, which can be the whole of a small file.
 */
export function readablePart(packed: Buffer): Buffer {
  let good = Buffer.alloc(0);
  let from = 0;
  let to = packed.length;
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    const unpacked = unpackedPrefix(packed.subarray(0, middle));
    if (unpacked) {
      good = unpacked;
      from = middle;
    } else {
      to = middle - 1;
    }
  }
  return good;
}

function unpackedPrefix(packed: Buffer): Buffer<ArrayBuffer> | null {
  try {
    return gunzipSync(packed, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 1 << 28 });
  } catch {
    // Damaged, or a bomb: a shorter part may still be good.
    return null;
  }
}
