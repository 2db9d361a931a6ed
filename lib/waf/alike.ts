import type { Request } from './request.ts';

/** What requests that are alike have in common: everything but the time, the client and the query. */
export type Alike = Pick<Request, 'method' | 'path' | 'status' | 'userAgent' | 'verdict' | 'country' | 'tls'>;

/** Two places each. */
const placesHeld = 1 << 13;

/** Numbers that stand for what requests have in common. No number ever stands for two things. */
export interface AlikeNumbers {
  around: number;
  agent: number;
  path: number;
  method: number;
  country: number;
}

interface Held extends AlikeNumbers {
  alike: Alike;
}

/**
 * Finds the one object for requests that are alike, so that what was worked out for one of them is known for all. A
 * site has few paths and programs, and millions of requests.
 */
export class Alikes {
  readonly #held = new Array<Held | undefined>(placesHeld).fill(undefined);

  find(of: AlikeNumbers): Alike | undefined {
    const place = placeOf(of);
    const first = this.#held[place];
    if (first && isSame(first, of)) return first.alike;
    const second = this.#held[place ^ 1];
    return second && isSame(second, of) ? second.alike : undefined;
  }

  add({ around, agent, path, method, country }: AlikeNumbers, alike: Alike): Alike {
    const held = { around, agent, path, method, country, alike };
    const place = placeOf(held);
    this.#held[place ^ 1] = this.#held[place];
    this.#held[place] = held;
    return alike;
  }
}

function isSame(a: AlikeNumbers, b: AlikeNumbers): boolean {
  return (
    a.path === b.path &&
    a.agent === b.agent &&
    a.around === b.around &&
    a.country === b.country &&
    a.method === b.method
  );
}

function placeOf({ around, agent, path, method, country }: AlikeNumbers): number {
  let mixed = Math.imul(path, 0x9e3779b1) ^ Math.imul(agent, 0x85ebca6b);
  mixed =
    Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) ^ Math.imul(country, 31) ^ Math.imul(around, 0x27d4eb2f);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ method, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 13)) & (placesHeld - 1);
}
