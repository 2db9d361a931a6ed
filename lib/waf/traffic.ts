import type { ClientKey } from '../logs/address.ts';
import type { Alike } from './alike.ts';
import { plainPath } from './paths.ts';

/** What requests of one sort have in common, and what a firewall rule can ask for. */
export interface Traits {
  tls: string;
  userAgent: string;
  /** The path with numbers and ids taken out: `/item/#`. */
  shape: string;
  country: string;
  method: string;
}
export const traitNames = ['tls', 'userAgent', 'shape', 'country', 'method'] as const;

/** Requests of one sort: how many, and of how many clients. */
export interface Sort {
  traits: Traits;
  requests: number;
  clients: DistinctClients;
  /** Where it is of several windows: the most in one of them. */
  peak?: number;
}

/** The most requests in one window. */
export function peakOf({ peak, requests }: Sort): number {
  return peak ?? requests;
}

const sortsHeld = 4_000;

/**
 * Traffic as compact counts: one entry per combination of traits, at most a few thousand. It is what a rule or a
 * block is replayed against before it goes live, and where an attack by many clients shows.
 */
export class Traffic {
  #sorts = new Map<string, Sort>();
  #requests = 0;
  readonly #clients = new DistinctClients();

  /** `times`: the request stands for so many. */
  see(of: Alike, key: ClientKey, times = 1): void {
    const sort = this.#sortOf(traitsOf(of));
    sort.requests += times;
    sort.clients.add(key);
    this.#requests += times;
    this.#clients.add(key);
  }

  /** Takes in what another has seen in another window. */
  join(other: Traffic): void {
    for (const sort of other.#sorts.values()) {
      const known = this.#sortOf(sort.traits);
      const peak = Math.max(peakOf(known), peakOf(sort));
      this.#take(sort);
      known.peak = peak;
    }
    this.#requests += other.#requests;
    this.#clients.join(other.#clients);
  }

  /** Takes in what others counted of one sort in the same window, or in the same windows. */
  add(counted: Sort): void {
    const known = this.#sortOf(counted.traits);
    const peak = counted.peak === undefined ? undefined : peakOf(known) + counted.peak;
    this.#take(counted);
    if (peak !== undefined) known.peak = peak;
    this.#requests += counted.requests;
    this.#clients.join(counted.clients);
  }

  #take({ traits, requests, clients }: Sort): void {
    const sort = this.#sortOf(traits);
    sort.requests += requests;
    sort.clients.join(clients);
  }

  #sortOf(traits: Traits): Sort {
    const name = nameOf(traits);
    const known = this.#sorts.get(name);
    if (known) return known;
    if (this.#sorts.size >= sortsHeld) this.#forgetRarest();
    const sort = { traits: copied(traits), requests: 0, clients: new DistinctClients() };
    this.#sorts.set(nameOf(sort.traits), sort);
    return sort;
  }

  get requests(): number {
    return this.#requests;
  }

  /** How many clients, within a few percent. */
  get clients(): number {
    return this.#clients.estimate;
  }

  sorts(): Sort[] {
    return [...this.#sorts.values()];
  }

  /** What these conditions would hit. */
  hit(isHit: (traits: Traits) => boolean): { requests: number; clients: number } {
    const clients = new DistinctClients();
    let requests = 0;
    for (const sort of this.#sorts.values()) {
      if (!isHit(sort.traits)) continue;
      requests += sort.requests;
      clients.join(sort.clients);
    }
    return { requests, clients: clients.estimate };
  }

  #forgetRarest(): void {
    const byRequests = this.sorts().sort((a, b) => b.requests - a.requests);
    const kept = byRequests.slice(0, sortsHeld / 2);
    this.#sorts = new Map(kept.map((one) => [nameOf(one.traits), one]));
  }
}

function nameOf({ tls, userAgent, shape, country, method }: Traits): string {
  return `${tls}\n${userAgent}\n${shape}\n${country}\n${method}`;
}

/** A slice of a line would keep the whole chunk of the log alive. */
function copied(traits: Traits): Traits {
  return JSON.parse(JSON.stringify(traits));
}

export function traitsOf({ tls, userAgent, path, country, method }: Alike): Traits {
  return { tls, userAgent: userAgent ?? '', shape: shapeOf(path), country, method };
}

function shapeOf(path: string): string {
  if (/^[/a-z._-]{1,80}$/.test(path) && !path.includes('//') && !path.includes('/.')) return path;
  const shape = plainPath(path).replace(/[0-9a-f]{8,}|\d+/g, '#');
  return shape.length > 80 ? `${shape.slice(0, 80)}…` : shape;
}

/** A rank is at most 26. */
const marksPerRegister = 32;

/**
 * How many different clients, in 256 bytes (HyperLogLog). Small numbers are exact enough to ask "twenty or more?".
 * https://algo.inria.fr/flajolet/Publications/FlFuGaMe07.pdf
 */
export class DistinctClients {
  readonly #ranks = new Uint8Array(256);

  add({ hi, lo }: ClientKey): void {
    const mixed = mix(Math.imul(hi, 0x9e3779b1) ^ mix(lo));
    const at = mixed >>> 24;
    const rank = Math.clz32((mixed << 8) | 0x80) + 1;
    if (rank > (this.#ranks[at] ?? 0)) this.#ranks[at] = rank;
  }

  join(other: DistinctClients): void {
    for (let at = 0; at < 256; at++) {
      const rank = other.#ranks[at] ?? 0;
      if (rank > (this.#ranks[at] ?? 0)) this.#ranks[at] = rank;
    }
  }

  /** The same as numbers, of which a set may hold several for one register: the largest counts. */
  get marks(): number[] {
    const marks: number[] = [];
    for (const [at, rank] of this.#ranks.entries()) if (rank > 0) marks.push(at * marksPerRegister + rank);
    return marks;
  }

  static of(marks: readonly number[]): DistinctClients {
    const made = new DistinctClients();
    for (const mark of marks) {
      const at = Math.floor(mark / marksPerRegister);
      const rank = mark % marksPerRegister;
      if (rank > (made.#ranks[at] ?? 255)) made.#ranks[at] = rank;
    }
    return made;
  }

  get estimate(): number {
    let sum = 0;
    let empty = 0;
    for (const rank of this.#ranks) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const raw = (0.7183 * 256 * 256) / sum;
    return Math.round(raw <= 640 && empty > 0 ? 256 * Math.log(256 / empty) : raw);
  }
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
