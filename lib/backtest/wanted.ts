import type { Wanted } from '../intake/splitter.ts';
import { names } from './reducers.ts';

const isLetter = (byte: number) => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
const sign = Buffer.from('ventName');
const longest = Math.max(...[...names].map((name) => name.length));

/**
 * Whether a value may hold a record that matters: one of its `eventName`s is that of a call which changes
 * something guarded. Most records only read, and telling so by their bytes costs a fraction of parsing them. A value
 * without any `eventName` is wanted: somebody must look at what it is.
 */
export function wantedOf(onPassed: () => void): Wanted {
  let next = -1;
  let searched: Buffer | null = null;
  return (bytes, start, end) => {
    // One search runs on through the values of a chunk: each byte is looked at once.
    if (searched !== bytes || next < start) next = bytes.indexOf(sign, start);
    searched = bytes;
    if (next < 0 || next >= end) {
      if (next < 0) next = bytes.length;
      return true;
    }
    for (; next >= 0 && next < end; next = bytes.indexOf(sign, next + sign.length)) {
      if (isNameAt(bytes, next + sign.length, end)) return true;
    }
    if (next < 0) next = bytes.length;
    onPassed();
    return false;
  };
}

/** Behind the key: quotes, a colon, spaces, and backslashes where the record is a text inside another. */
function isNameAt(bytes: Buffer, from: number, end: number): boolean {
  let at = from;
  while (at < end && !isLetter(bytes[at] as number)) at++;
  let last = at;
  // A version (`…20150331v2`) begins with a digit and is no part of the name.
  while (last < end && last - at <= longest && isLetter(bytes[last] as number)) last++;
  return names.has(bytes.toString('latin1', at, last));
}
