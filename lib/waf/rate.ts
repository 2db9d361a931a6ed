import type { Collateral } from './rules.ts';
import { DistinctClients, peakOf, type Sort, type Traits } from './traffic.ts';

/** What AWS WAF can count by and our counts know. `path` is a shape that stands for one path. */
export const rateKeys = ['ja4', 'ja3', 'userAgent', 'method', 'path'] as const;
export type RateKey = (typeof rateKeys)[number];

/**
 * Requests with the same values of all keys are counted as one, and refused while they are more than the limit in the
 * last so many seconds. https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
 */
export interface Rate {
  keys: RateKey[];
  limit: number;
  windowSeconds: number;
}

/** Seconds over which AWS WAF can count. */
export const rateWindows: readonly number[] = [60, 120, 300, 600];
const leastLimit = 10;

/** Good requests within any such time lie in at most two windows of ours, so twice the most in one spares them all. */
const windowsTouched = 2;

interface Instance {
  requests: number;
  /** The most in one window. */
  peak: number;
  clients: DistinctClients;
}

/** A limit that good traffic never came over, or null where AWS WAF cannot count over windows of ours. Pure. */
export function rateFor(keys: readonly RateKey[], good: readonly Sort[], windowMs: number): Rate | null {
  const windowSeconds = windowMs / 1000;
  if (!rateWindows.includes(windowSeconds)) return null;
  const peak = Math.max(0, ...[...instancesIn(good, keys).values()].map((one) => one.peak));
  return { keys: [...keys], limit: Math.max(leastLimit, windowsTouched * peak), windowSeconds };
}

/** Requests of one window that are refused: of each instance all behind the limit. */
export function cutIn(now: readonly Sort[], { keys, limit }: Rate): number {
  return [...instancesIn(now, keys).values()].reduce(
    (sum, one) => sum + Math.max(0, one.requests - limit),
    0,
  );
}

/**
 * Whom of the good traffic it refuses: those who came over the limit by themselves, and, while the attack lasts,
 * whoever shares every key with a part of it that is cut. `requests` is how many they send in one window at most.
 */
export function shadowOf(good: readonly Sort[], now: readonly Sort[], { keys, limit }: Rate) {
  const attacked = instancesIn(now, keys);
  const clients = new DistinctClients();
  let requests = 0;
  for (const [name, one] of instancesIn(good, keys)) {
    if (one.peak <= limit && (attacked.get(name)?.requests ?? 0) <= limit) continue;
    clients.join(one.clients);
    requests += one.peak;
  }
  return { clients: clients.estimate, requests } satisfies Partial<Collateral>;
}

function instancesIn(sorts: readonly Sort[], keys: readonly RateKey[]): Map<string, Instance> {
  const found = new Map<string, Instance>();
  for (const sort of sorts) {
    const values = keys.map((key) => keyValue(key, sort.traits));
    // AWS WAF leaves out a request that lacks one of the keys.
    if (values.includes('')) continue;
    const name = values.join('\n');
    const one = found.get(name) ?? { requests: 0, peak: 0, clients: new DistinctClients() };
    found.set(name, one);
    one.requests += sort.requests;
    one.peak += peakOf(sort);
    one.clients.join(sort.clients);
  }
  return found;
}

/** Empty: it has none, or the shape stands for many paths, of which each is counted by itself. */
export function keyValue(key: RateKey, { tls, userAgent, method, shape }: Traits): string {
  switch (key) {
    case 'ja4':
      return isJa4(tls) ? tls : '';
    case 'ja3':
      return isJa4(tls) ? '' : tls;
    case 'path':
      return /[#…]/.test(shape) ? '' : shape;
    case 'userAgent':
      return userAgent;
    case 'method':
      return method;
  }
}

export function isJa4(tls: string): boolean {
  return /^[tqd][0-9a-z]{9}_/.test(tls);
}
