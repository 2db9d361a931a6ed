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
    if (isText) {
      at = endOfPlain(bytes, at, end);
      if (at >= end) break;
      if (bytes[at] === quote) isText = false;
      else {
        // What is escaped may stand in the next chunk.
        if (bytes[at] === newline || at + 1 >= end || bytes[at + 1] === newline) break;
        at++;
      }
      at++;
      continue;
    }
    const byte = bytes[at] as number;
    if (byte === quote) {
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
    } else if (byte === newline) break;
    else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) previous = byte;
    at++;
  }
  return { at, isText, previous };
}

const quote = 0x22;
const backslash = 0x5c;
const newline = 0x0a;

/** Where text stops being plain: most bytes of an event are in texts, so this is where the time goes. */
export function endOfPlain(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at];
    if (byte === quote || byte === backslash || byte === newline) break;
    at++;
  }
  return at;
}
