/** Where a stretch of a value ends, and what it ends in. */
export interface Stretch {
  at: number;
  isText: boolean;
  /** The last byte that means something outside of texts. */
  previous: number;
}

/**
 * Goes as far into a value as nothing but its own brackets and texts come: up to a line's end, the value's end, a
 * bracket that fits none, or one that may open `Records`. Nearly all bytes of all events come by here, so it is one
 * loop over numbers. `closers` grows and shrinks with the brackets, and keeps at least the outermost.
 */
export function stretch(
  bytes: Buffer,
  from: Stretch,
  end: number,
  closers: number[],
  levelsMax: number,
): Stretch {
  let { at, isText, previous } = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (isText) {
      if (byte === 0x22) isText = false;
      else if (byte === 0x5c) {
        // What is escaped may stand in the next chunk.
        if (at + 1 >= end || bytes[at + 1] === 0x0a) break;
        at++;
      } else if (byte === 0x0a) break;
    } else if (byte === 0x22) {
      isText = true;
      previous = byte;
    } else if (byte === 0x7b || byte === 0x5b) {
      const mayBeRecords = byte === 0x5b && closers.length === 1;
      if (mayBeRecords || closers.length >= levelsMax) break;
      closers.push(byte + 2);
      previous = byte;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (closers.length === 1 || closers[closers.length - 1] !== byte) break;
      closers.pop();
      previous = byte;
    } else if (byte === 0x0a) break;
    else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) previous = byte;
    at++;
  }
  return { at, isText, previous };
}
