import { cutIn, type Rate, shadowOf } from './rate.ts';
import { type Traffic, type Traits, traitNames } from './traffic.ts';

/** A firewall rule made from what an attack has in common: every condition must hold, and the rate be over its limit. */
export interface WafRule {
  name: string;
  conditions: Partial<Traits>;
  /** Left out: all that the conditions hit is refused. */
  rate?: Rate;
  stage: 'count' | 'block' | 'retired';
  /** What it hit in the good traffic before it was made. */
  collateral: Collateral;
  madeMs: number;
  /** When it last matched anything; null: never yet. */
  matchedMs: number | null;
}

/** How much of the good traffic something would hit. */
export interface Collateral {
  clients: number;
  ofClients: number;
  requests: number;
}

export interface GuardOptions {
  /** The largest part of good clients that a block or rule may hit without a person's word. */
  maxGoodShare: number;
}

/** An attack by many clients, each below every threshold, that have something in common. */
export interface Distributed {
  conditions: Partial<Traits>;
  requests: number;
  clients: number;
}

export interface DistributedOptions {
  requests: number;
  clients: number;
  windowMs: number;
  /** See `GuardOptions`: where a rule would hit more, one that limits a rate is looked for. */
  maxGoodShare: number;
}

/** How many times more than the good traffic leads to expect makes it an attack. */
const surge = 5;

/**
 * The trait that grew most against the good traffic of the hours before, if it grew into an attack: more requests
 * and clients than the limits, several times more than usual. Pure.
 */
export function distributedAttack(
  now: Traffic,
  good: Traffic,
  { requests, clients }: Pick<DistributedOptions, 'requests' | 'clients'>,
): Distributed | null {
  let worst: (Distributed & { growth: number }) | null = null;
  for (const conditions of candidates(now)) {
    const hit = now.hit((traits) => matches(conditions, traits));
    if (hit.requests <= requests || hit.clients < clients) continue;
    const usual = good.hit((traits) => matches(conditions, traits)).requests / Math.max(1, good.requests);
    const growth = hit.requests / now.requests / Math.max(usual, 1 / Math.max(1, good.requests));
    if (growth < surge) continue;
    if (!worst || growth * hit.requests > worst.growth * worst.requests)
      worst = { conditions, ...hit, growth };
  }
  if (!worst) return null;
  const { growth: _, ...attack } = worst;
  return attack;
}

/** Every single value of every trait that is there; the empty value is no trait. */
function candidates(traffic: Traffic): Partial<Traits>[] {
  const seen = new Map<string, Partial<Traits>>();
  for (const { traits } of traffic.sorts()) {
    for (const name of traitNames) {
      if (traits[name] !== '' && name !== 'method')
        seen.set(`${name}\n${traits[name]}`, { [name]: traits[name] });
    }
  }
  return [...seen.values()];
}

export function matches(conditions: Partial<Traits>, traits: Traits): boolean {
  return traitNames.every((name) => conditions[name] === undefined || conditions[name] === traits[name]);
}

type Hitting = Pick<WafRule, 'conditions' | 'rate'>;

/** Requests of one window that the rule refuses. */
export function matchedIn({ conditions, rate }: Hitting, now: Traffic): number {
  if (!rate) return now.hit((traits) => matches(conditions, traits)).requests;
  return cutIn(
    now.sorts().filter((one) => matches(conditions, one.traits)),
    rate,
  );
}

/** What good clients would lose; with a rate, in a window like this one. */
export function collateralOf({ conditions, rate }: Hitting, good: Traffic, now: Traffic): Collateral {
  const isHit = (traits: Traits) => matches(conditions, traits);
  if (!rate) return { ...good.hit(isHit), ofClients: good.clients };
  const inScope = (of: Traffic) => of.sorts().filter((one) => isHit(one.traits));
  return { ...shadowOf(inScope(good), inScope(now), rate), ofClients: good.clients };
}

/** The sentence with which a person is asked, or null where the guard agrees. */
export function whyGuarded(
  { clients, ofClients, requests }: Collateral,
  { maxGoodShare }: GuardOptions,
): string | null {
  const share = clients / Math.max(1, ofClients);
  if (share <= maxGoodShare) return null;
  const percent = (share * 100).toFixed(1);
  return `it would have refused ${requests} requests of ${clients} good clients (${percent} % of ${ofClients})`;
}

/** What the logs since then say about a rule. */
export interface Measured {
  /** Requests that it matched since the last look. */
  matched: number;
  /** What it matched of clients that offend in no way. */
  collateral: Collateral;
}

export interface Lifecycle extends GuardOptions {
  measureMs: number;
  retireAfterMs: number;
}

export type NextStep =
  | { step: 'wait' }
  | { step: 'promote' }
  | { step: 'ask'; why: string }
  | { step: 'retire'; why: string };

/** Count, measured, Block, retired: what happens to a rule next. Pure. */
export function nextStep(rule: WafRule, measured: Measured, options: Lifecycle, nowMs: number): NextStep {
  const silentMs = nowMs - (measured.matched > 0 ? nowMs : (rule.matchedMs ?? rule.madeMs));
  if (rule.stage !== 'retired' && silentMs > options.retireAfterMs) {
    return { step: 'retire', why: `it matched nothing for ${Math.floor(silentMs / 86_400_000)} days` };
  }
  if (rule.stage !== 'count' || nowMs - rule.madeMs < options.measureMs) return { step: 'wait' };
  if (measured.matched === 0 && rule.matchedMs === null) return { step: 'wait' };
  const why = whyGuarded(measured.collateral, options);
  return why ? { step: 'ask', why } : { step: 'promote' };
}
