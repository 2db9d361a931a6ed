import type { ClientKey } from '../logs/address.ts';
import type { Alike } from './alike.ts';
import type { ActiveDetector } from './policy.ts';
import type { Request } from './request.ts';

interface Matcher {
  bit: number;
  isMatch(request: Request, client: ClientKey): boolean;
}

const answersHeld = 1 << 13;

/** Asks every detector about a request; those that ask only what alike requests share, once for all of them. */
export class Matchers {
  /** The bit behind those of the detectors. */
  readonly nextBit: number;
  readonly #ofAlike: Matcher[] = [];
  readonly #ofEach: Matcher[] = [];
  readonly #answers = new Map<Alike, number>();

  constructor(active: readonly ActiveDetector[]) {
    for (const [index, { detector, options }] of active.entries()) {
      const matcher = { bit: 1 << index, isMatch: detector.matching(options) };
      (detector.isOfAlike ? this.#ofAlike : this.#ofEach).push(matcher);
    }
    this.nextBit = 1 << active.length;
  }

  /** A bit for each detector for which the request counts, in their order. */
  matching(request: Request, client: ClientKey): number {
    return this.#shared(request, client) | asked(this.#ofEach, request, client);
  }

  #shared(request: Request, client: ClientKey): number {
    const { alike } = request;
    if (!alike) return asked(this.#ofAlike, request, client);
    const known = this.#answers.get(alike);
    if (known !== undefined) return known;
    const answer = asked(this.#ofAlike, request, client);
    if (this.#answers.size >= answersHeld) this.#answers.clear();
    this.#answers.set(alike, answer);
    return answer;
  }
}

function asked(matchers: readonly Matcher[], request: Request, client: ClientKey): number {
  let matching = 0;
  for (const { bit, isMatch } of matchers) if (isMatch(request, client)) matching |= bit;
  return matching;
}
