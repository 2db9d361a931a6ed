import type { Bytes } from '../logs/json-bytes.ts';

/** Letters, digits and the marks that forms put between them. */
const [other, plain] = [1, 0];
const kinds = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w=&.,~-]/.test(String.fromCharCode(byte)) && byte < 128 ? plain : other,
);

/** Pairs of letters, each with a bit of its own: in `first` for the first of them, in `second` for the second. */
const first = new Uint8Array(256);
const second = new Uint8Array(256);
const pairs: readonly (readonly [string, string])[] = [
  // Out of a folder; names of users (`user=`, `login=`, `email=`); `wget`, `curl`, `allow_url_include`.
  ['.', '.'],
  ['&', 'uUlLeE'],
  ['wW', 'gG'],
  ['cC', 'uU'],
  ['_', 'uU'],
];
for (const [bit, [before, after]] of pairs.entries()) {
  for (const letter of before) mark(first, letter, 1 << bit);
  for (const letter of after) mark(second, letter, 1 << bit);
}

function mark(bits: Uint8Array, letter: string, bit: number): void {
  const byte = letter.charCodeAt(0);
  bits[byte] = (bits[byte] ?? 0) | bit;
}

/**
 * Whether a query is so plain that no detector finds anything in it: then what is known of requests that are alike is known of
 * this one. It says no too often rather than too rarely.
 */
export function isPlainQuery({ one }: Bytes, from: number, to: number): boolean {
  let before = 38;
  for (let at = from; at < to; at++) {
    const byte = one[at] ?? 0;
    if (kinds[byte] !== plain || ((first[before] ?? 0) & (second[byte] ?? 0)) !== 0) return false;
    before = byte;
  }
  return true;
}
