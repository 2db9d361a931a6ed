import { type ClientKey, clientText } from './address.ts';
import { Clients } from './clients.ts';
import type { Served } from './served.ts';
import { addTo, emptyWindow, keptMs, type Limit } from './window.ts';

export interface Watched {
  name: string;
  limit: Limit;
}

export interface Offence {
  detector: string;
  /** When the limit was passed. */
  atMs: number;
}

/** A client that passed a limit. `requests` is all that it sent while it was known. */
export interface Offender {
  client: string;
  offences: readonly Offence[];
  requests: number;
  firstMs: number;
  lastMs: number;
  /** It passed a limit with records that did not lead to a block yet. */
  isFresh: boolean;
}

export interface WatchOptions {
  /** How many clients are held. */
  capacity?: number;
  /** What was blocked for already. */
  served?: Served;
  /** How late a record may come, where that is more than half a window. */
  lateMs?: number;
}

/** More than stand beside a client, so that they can never be too many. */
const timesHeldInPlace = 8;

/** Offenders held; under an attack by more than that, the further ones are only counted. */
const offendersHeld = 250_000;

/**
 * Counts what clients do against sliding windows. It survives file and minute boundaries because it knows none:
 * records come one after the other, up to half a window late.
 */
export class Watch {
  readonly #watched: readonly Watched[];
  readonly #silentForMs: number;
  readonly #clients: Clients;
  readonly #offences = new Map<string, { key: ClientKey; offences: Offence[] }>();
  readonly #served: Served | null;
  /** Sees only what blocked clients sent since. */
  readonly #fresh: Watch | null;
  /** A bit for each detector. */
  readonly #every: number;
  #unheld = 0;

  constructor(watched: readonly Watched[], { capacity, served, lateMs }: WatchOptions = {}) {
    this.#watched = watched.map(({ name, limit }) => ({ name, limit: { ...limit, lateMs } }));
    this.#every = 2 ** watched.length - 1;
    this.#served = served && !served.isEmpty ? served : null;
    this.#fresh = this.#served
      ? new Watch(watched, { capacity: 1 << 16, ...(lateMs !== undefined && { lateMs }) })
      : null;
    this.#silentForMs = Math.max(0, ...this.#watched.map((one) => keptMs(one.limit)));
    this.#clients = new Clients(capacity);
  }

  get clients(): number {
    return this.#clients.size + this.#clients.forgotten;
  }

  /** Offenders beyond what is held. */
  get unheld(): number {
    return this.#unheld;
  }

  /** `count` records of a client at one time; bit i of `matching` says whether they count for the i-th detector. */
  see(key: ClientKey, timeMs: number, matching: number, count = 1): void {
    const servedMs = this.#served?.until(key);
    if (servedMs !== undefined && timeMs > servedMs) this.#fresh?.see(key, timeMs, matching, count);
    const place = this.#clients.count(key, timeMs, this.#silentForMs, count);
    let left = matching & ~this.#clients.offended(place) & this.#every;
    while (left !== 0) {
      const index = 31 - Math.clz32(left & -left);
      left &= left - 1;
      const { name, limit } = this.#watched[index] as Watched;
      if (limit.requests >= count && this.#fits(place, index, timeMs, limit, count)) continue;
      this.#clients.setOffended(place, index);
      this.#note(key, { detector: name, atMs: timeMs });
    }
  }

  /** What a client is part of shows only in many clients together, and was found elsewhere. */
  accuse(key: ClientKey, index: number, timeMs: number): void {
    const place = this.#clients.find(key);
    if (place < 0 || this.#clients.hasOffended(place, index)) return;
    this.#clients.setOffended(place, index);
    this.#note(key, { detector: (this.#watched[index] as Watched).name, atMs: timeMs });
  }

  /** Whether the record is still within the limit. */
  #fits(place: number, index: number, timeMs: number, limit: Limit, count: number): boolean {
    if (index === 0 && limit.requests >= timesHeldInPlace && !this.#clients.hasWindow(place)) {
      if (count === 1 && this.#clients.noteTime(place, timeMs, keptMs(limit))) return true;
      this.#toWindow(place, limit);
    }
    const held = this.#clients.window(place, index);
    // Most clients come once; they need no more than the time.
    if (held === undefined && count === 1) {
      this.#clients.setWindow(place, index, timeMs, this.#silentForMs);
      return true;
    }
    if (typeof held === 'object') return addTo(held, timeMs, limit, count) <= limit.requests;
    const window = emptyWindow();
    if (held !== undefined) addTo(window, held, limit);
    this.#clients.setWindow(place, index, window, this.#silentForMs);
    return addTo(window, timeMs, limit, count) <= limit.requests;
  }

  /** The detector that counts most has its first few times beside the client; now they are too many for that. */
  #toWindow(place: number, limit: Limit): void {
    const window = emptyWindow();
    for (const time of this.#clients.takeTimes(place)) addTo(window, time, limit);
    this.#clients.setWindow(place, 0, window, this.#silentForMs);
  }

  #note(key: ClientKey, offence: Offence): void {
    const client = clientText(key);
    const known = this.#offences.get(client);
    if (known) known.offences.push(offence);
    else if (this.#offences.size < offendersHeld) this.#offences.set(client, { key, offences: [offence] });
    else this.#unheld++;
  }

  /** What this client did is dealt with: it is looked at anew from here on. */
  settle(client: string): void {
    const known = this.#offences.get(client);
    if (!known) return;
    this.#offences.delete(client);
    this.#clients.clearOffended(this.#clients.find(known.key));
  }

  /** Networks (a v4 /24, a v6 /56) in which a client was seen that did nothing. */
  goodNetworks(): Set<string> {
    return this.#clients.networksOfGood();
  }

  hasOffended(client: string): boolean {
    return this.#offences.has(client);
  }

  offenders(): Offender[] {
    return [...this.#offences].map(([client, { key, offences }]) => {
      const { requests, firstMs, lastMs } = this.#clients.at(this.#clients.find(key));
      const isFresh = this.#served?.until(key) === undefined || this.#fresh?.hasOffended(client) === true;
      return { client, offences, requests, firstMs, lastMs, isFresh };
    });
  }
}
