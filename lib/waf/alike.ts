import type { Request } from './request.ts';

/** What requests that are alike have in common: everything but the time, the client and the query. */
export type Alike = Pick<Request, 'method' | 'path' | 'status' | 'userAgent' | 'verdict' | 'country' | 'tls'>;

/** Two places each. */
const placesHeld = 1 << 13;
/** Longer texts are not kept: whoever sends them must not fill the memory. */
const longestHeld = 512;

/**
 * Finds the one object for requests that are alike, so that what was worked out for one of them is known for all. A
 * site has few paths and programs, and millions of requests.
 */
export class Alikes {
  readonly #held = new Array<Alike | undefined>(placesHeld).fill(undefined);

  /** Undefined where the texts are too long to be kept. */
  find(of: Alike): Alike | undefined {
    const at = placeOf(of);
    const first = this.#held[at];
    if (first && isSame(first, of)) return first;
    const second = this.#held[at ^ 1];
    if (second && isSame(second, of)) return second;
    if (of.path.length + (of.userAgent?.length ?? 0) > longestHeld) return undefined;
    const kept = { ...of, ...textsOf(of) };
    this.#held[at ^ 1] = first;
    this.#held[at] = kept;
    return kept;
  }
}

/** The verdict is one object per text that says it. */
function isSame(a: Alike, b: Alike): boolean {
  return (
    a.path === b.path &&
    a.userAgent === b.userAgent &&
    a.verdict === b.verdict &&
    a.status === b.status &&
    a.country === b.country &&
    a.method === b.method &&
    a.tls === b.tls
  );
}

/** A slice of a line would keep the whole chunk of the log alive. */
function textsOf({ method, path, userAgent, country, tls }: Alike) {
  return JSON.parse(JSON.stringify({ method, path, userAgent, country, tls }));
}

function placeOf({ path, userAgent, country, method, tls }: Alike): number {
  let mixed = Math.imul(lettersOf(path), 0x9e3779b1) ^ lettersOf(userAgent ?? '');
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) ^ lettersOf(country) ^ Math.imul(lettersOf(tls), 31);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ method.length, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 13)) & (placesHeld - 1);
}

/** A number from the length and a few letters: what falls together is only slower. */
function lettersOf(text: string): number {
  const { length } = text;
  if (length < 2) return length;
  const middle = text.charCodeAt(length >> 1) | (text.charCodeAt(length - 2) << 8);
  return Math.imul(length, 0x01000193) ^ middle ^ (text.charCodeAt((length * 5) >> 3) << 16);
}
