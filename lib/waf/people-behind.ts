import { type ClientKey, clientText } from '../logs/address.ts';
import { Recent } from '../logs/recent.ts';
import type { Alike } from './alike.ts';
import { Sample } from './sample.ts';
import { DistinctClients } from './traffic.ts';

export interface PeopleOptions {
  /** Fewer than so many behind an address are one client that changes its browser. */
  people: number;
  /** The largest part of all good people that a block of one address may hit without a person's word. */
  maxGoodShare: number;
}

/** People who are seen now may be the attack; who was there ten minutes before was there without it. */
const settledMs = 10 * 60_000;
const addressesHeld = 20_000;

interface Address {
  fromMs: number;
  before: DistinctClients;
  now: DistinctClients;
}

/**
 * How many people come from one address: browsers that were served, by their agents, fingerprints and users. It is what
 * a block of that address is replayed against: behind a shared NAT are people who did nothing.
 */
export class PeopleBehind {
  readonly #addresses = new Recent<Address>(addressesHeld);
  readonly #sample = new Sample();
  readonly #all = new DistinctClients();

  see(timeMs: number, { status, userAgent, tls }: Alike, user: string, key: ClientKey): void {
    if (status < 200 || status >= 400 || !this.#sample.isNext()) return;
    if (!userAgent) return;
    const client = clientText(key);
    const person = { hi: hashOf(`${userAgent}\n${tls}\n${user}`), lo: 0 };
    const known = this.#addresses.get(client);
    const address = known ?? { fromMs: timeMs, before: new DistinctClients(), now: new DistinctClients() };
    if (!known) this.#addresses.set(client, address);
    if (timeMs >= address.fromMs + settledMs) {
      address.before.join(address.now);
      address.now = new DistinctClients();
      address.fromMs = timeMs;
    }
    address.now.add(person);
    this.#all.add({ hi: person.hi ^ key.hi, lo: key.lo });
  }

  /** The sentence with which a person is asked before this address is blocked, or null where the guard agrees. */
  whyAsked(client: string, { people, maxGoodShare }: PeopleOptions): string | null {
    const behind = this.#addresses.get(client)?.before.estimate ?? 0;
    const all = Math.max(behind, this.#all.estimate);
    if (behind < people || behind <= maxGoodShare * all) return null;
    const percent = ((behind / all) * 100).toFixed(1);
    return `about ${behind} people were served at this address before (${percent} % of about ${all}): it may be shared`;
  }
}

function hashOf(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  return sum;
}
