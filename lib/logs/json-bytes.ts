/** JSON as it lies in memory: what a reader needs who looks at a few fields and builds nothing. */

/** The bytes of a log, twice: one by one, and four at a time. */
export interface Bytes {
  one: Buffer;
  four: DataView;
}

export function bytesOf(one: Buffer): Bytes {
  return { one, four: new DataView(one.buffer, one.byteOffset, one.length) };
}

export function textAt({ one }: Bytes, from: number, to: number): string {
  return one.toString('latin1', from, to);
}

/** A text of at least four bytes that is looked for at known places. */
export interface Literal {
  length: number;
  /** Four bytes each; the last four may overlap those before. */
  words: Int32Array;
  offsets: Uint8Array;
}

export function literal(text: string): Literal {
  const bytes = Buffer.from(text, 'latin1');
  const offsets: number[] = [];
  for (let at = 0; at + 4 < bytes.length; at += 4) offsets.push(at);
  offsets.push(bytes.length - 4);
  const words = offsets.map((at) => bytes.readInt32LE(at));
  return { length: bytes.length, words: Int32Array.from(words), offsets: Uint8Array.from(offsets) };
}

/** False for places outside, so that a search that failed (-1) may be asked about. */
export function isAt({ four }: Bytes, at: number, { length, words, offsets }: Literal): boolean {
  if (at < 0 || at + length > four.byteLength) return false;
  for (let index = 0; index < words.length; index++) {
    if (four.getInt32(at + (offsets[index] ?? 0), true) !== words[index]) return false;
  }
  return true;
}

const quote = 34;
const backslash = 92;
const [special, notAscii, mark] = [1, 2, 4];
const kinds = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 32 || byte === quote || byte === backslash
    ? special
    : byte > 126
      ? notAscii
      : byte === 63
        ? mark
        : 0,
);

/** Where a string ends that is written as it is meant: printable ASCII, nothing escaped. -1 where it is not. */
export function plainEnd({ one }: Bytes, from: number): number {
  return endAt(one, from, special | notAscii);
}

/** As `plainEnd`, for a path that brings no query with it. */
export function plainPathEnd({ one }: Bytes, from: number): number {
  return endAt(one, from, special | notAscii | mark);
}

function endAt(one: Buffer, from: number, stops: number): number {
  let at = from;
  while (at < one.length && ((kinds[one[at] ?? 0] ?? 0) & stops) === 0) at++;
  return one[at] === quote ? at : -1;
}

/** Where any string of JSON ends. -1 where it is none. */
export function stringEnd({ one }: Bytes, from: number): number {
  for (let at = from; at < one.length; at++) {
    const byte = one[at] ?? 0;
    if (((kinds[byte] ?? 0) & special) === 0) continue;
    if (byte === quote) return at;
    const escaped = byte === backslash ? escapedBytes(one, at + 1) : 0;
    if (escaped === 0) return -1;
    at += escaped;
  }
  return -1;
}

/** How many bytes belong to a backslash; 0 where JSON knows no such escape. */
function escapedBytes(one: Buffer, at: number): number {
  const byte = one[at] ?? 0;
  if (byte !== 117) return '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0;
  for (let digit = at + 1; digit < at + 5; digit++) if (!isHex(one[digit] ?? 0)) return 0;
  return 5;
}

function isHex(byte: number): boolean {
  const small = byte | 32;
  return (byte >= 48 && byte <= 57) || (small >= 97 && small <= 102);
}
