import { type Blocked, isInForce } from './block-set.ts';
import { type Network, networkOf } from './networks.ts';

/** A set as it was just read. */
export interface SetNow {
  key: string;
  family: 'v4' | 'v6';
  capacity: number;
  /** What is missing ended by itself: nobody took it out. */
  endsByItself: boolean;
  addresses: readonly string[];
}

export interface SetPlan {
  key: string;
  add: string[];
  /** In the set's own spelling. */
  remove: string[];
}

export interface Desired {
  plans: SetPlan[];
  /** Entries for which there is no room: the mildest. */
  unplaced: Blocked[];
  /** Who stands in a set without our doing; they stay, and are not ours. */
  foreign: Blocked[];
  /** Whom somebody took out of a set by hand: they are let go. */
  letGo: Blocked[];
}

/**
 * What the sets of one family must become. Ours go when their time is over; whoever else is in a set stays. When
 * there is no room for all, the worst are kept. Pure.
 */
export function desired(blocked: readonly Blocked[], sets: readonly SetNow[], nowMs: number): Desired {
  const states = sets.map((set) => new SetState(set));
  const result: Desired = { plans: [], unplaced: [], foreign: [], letGo: [] };
  const active: Blocked[] = [];
  for (const one of blocked) {
    const network = networkOf(one.client);
    if (!network || network.v6 !== (sets[0]?.family === 'v6')) continue;
    if (isInForce(one, nowMs) && !one.within) active.push(one);
    else for (const state of states) state.end(one);
  }
  active.sort((a, b) => b.weight - a.weight);
  const ours = new Set(
    active.filter((one) => one.client.includes('/')).map((one) => canonicalCidr(one.client)),
  );
  const waiting = active.filter((one) => {
    if (states.some((state) => state.holdsOurs(one))) return false;
    if (states.some((state) => state.lost(one))) {
      result.letGo.push(one);
      return false;
    }
    const around = states.map((state) => state.around(one.client)).find((found) => found !== null);
    if (around === undefined) return true;
    if (!ours.has(around ?? '')) result.foreign.push(one);
    return false;
  });
  const mildest = new Mildest(states, active);
  for (const one of waiting) {
    const roomy = states.find((state) => state.hasRoom) ?? mildest.makeRoom(one);
    if (roomy) roomy.add(one);
    else result.unplaced.push(one);
  }
  result.plans = states.map((state) => state.plan);
  return result;
}

/** Takes out our mildest entries, for who is worse; each place is looked at once, because they come the worst first. */
class Mildest {
  readonly #states: readonly SetState[];
  readonly #active: readonly Blocked[];
  #at: number;

  constructor(states: readonly SetState[], active: readonly Blocked[]) {
    this.#states = states;
    this.#active = active;
    this.#at = active.length - 1;
  }

  makeRoom(forWhom: Blocked): SetState | null {
    for (; this.#at >= 0; this.#at--) {
      const mildest = this.#active[this.#at] as Blocked;
      if (mildest.weight >= forWhom.weight) return null;
      const state = this.#states.find((one) => one.holdsOurs(mildest));
      if (!state) continue;
      state.end(mildest);
      return state;
    }
    return null;
  }
}

class SetState {
  readonly plan: SetPlan;
  readonly #capacity: number;
  readonly #endsByItself: boolean;
  /** Canonical text to the set's own spelling. */
  readonly #spelling = new Map<string, string>();
  readonly #wide: Network[] = [];
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();

  constructor({ key, capacity, endsByItself, addresses }: SetNow) {
    this.#endsByItself = endsByItself;
    this.plan = { key, add: [], remove: [] };
    this.#capacity = capacity;
    for (const address of addresses) {
      const network = networkOf(address);
      if (!network) continue;
      this.#spelling.set(canonicalCidr(address), address);
      if (network.prefix < (network.v6 ? 64 : 32)) this.#wide.push(network);
    }
  }

  get hasRoom(): boolean {
    return this.#spelling.size - this.#removed.size + this.#added.size < this.#capacity;
  }

  holdsOurs(one: Blocked): boolean {
    const cidr = cidrOf(one);
    return this.#isOurs(one) && this.#spelling.has(cidr) && !this.#removed.has(cidr);
  }

  /** It was there by our doing, and somebody took it out. */
  lost({ sets }: Blocked): boolean {
    return !this.#endsByItself && sets.includes(this.plan.key);
  }

  #isOurs({ sets, pending }: Blocked): boolean {
    return sets.includes(this.plan.key) || pending.includes(this.plan.key);
  }

  /** The entry that holds the address: itself, or a network around it. Null: there is none. */
  around(client: string): string | null {
    const cidr = canonicalCidr(client);
    if (this.#spelling.has(cidr) && !this.#removed.has(cidr)) return cidr;
    const asked = networkOf(client);
    const wide =
      asked && this.#wide.find((one) => isInside(asked, one) && !this.#removed.has(canonicalCidr(one.text)));
    return wide ? canonicalCidr(wide.text) : null;
  }

  add(one: Blocked): void {
    const cidr = cidrOf(one);
    this.#added.add(cidr);
    this.plan.add.push(cidr);
  }

  end(one: Blocked): void {
    const cidr = cidrOf(one);
    const spelling = this.#spelling.get(cidr);
    if (!this.#isOurs(one) || spelling === undefined || this.#removed.has(cidr)) return;
    this.#removed.add(cidr);
    this.plan.remove.push(spelling);
  }
}

function isInside(inner: Network, outer: Network): boolean {
  if (inner.v6 !== outer.v6 || outer.prefix > inner.prefix) return false;
  const shift = BigInt((outer.v6 ? 128 : 32) - outer.prefix);
  return inner.bits >> shift === outer.bits >> shift;
}

const cidrs = new WeakMap<Blocked, string>();

/** `canonicalCidr` of an entry, which is asked for many times. */
function cidrOf(one: Blocked): string {
  const known = cidrs.get(one) ?? canonicalCidr(one.client);
  cidrs.set(one, known);
  return known;
}

/** One spelling per network: `203.0.113.9/32`, `2001:db8:0:1::/64`. Sets spell v6 with all its zeros. */
export function canonicalCidr(text: string): string {
  const network = networkOf(text);
  if (!network) return text;
  const { v6, bits, prefix } = network;
  if (!v6) return `${[24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')}/${prefix}`;
  const groups = Array.from({ length: 8 }, (_, at) => Number((bits >> BigInt(112 - 16 * at)) & 0xffffn));
  while (groups.length > 0 && groups.at(-1) === 0) groups.pop();
  const text6 = groups.map((group) => group.toString(16)).join(':');
  return `${groups.length === 8 ? text6 : `${text6}::`}/${prefix}`;
}
