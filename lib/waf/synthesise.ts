import { cutIn, keyValue, type Rate, type RateKey, rateFor, rateKeys, shadowOf } from './rate.ts';
import {
  type Collateral,
  collateralOf,
  type Distributed,
  type DistributedOptions,
  matches,
  type WafRule,
  whyGuarded,
} from './rules.ts';
import { type Traffic, type Traits, traitNames } from './traffic.ts';

/** A rate-based rule that lets more than that of the attack through is no answer to it. */
const leastCut = 0.5;

type Options = Pick<DistributedOptions, 'windowMs' | 'maxGoodShare'>;

/**
 * A rule for an attack: its trait, narrowed by what else all of the attack has in common, for as long as that spares
 * good clients and still hits nine tenths of the attack. Where too many good clients have all of that too, it limits the
 * rate instead, counted by what tells the attack from them. It begins in Count. Pure.
 */
export function synthesise(
  attack: Distributed,
  now: Traffic,
  good: Traffic,
  nowMs: number,
  options: Options,
): WafRule {
  const { conditions, collateral } = narrowed(attack, now, good);
  const name = nameOf(conditions);
  const made = { name, conditions, stage: 'count' as const, collateral, madeMs: nowMs, matchedMs: null };
  if (whyGuarded(collateral, options) === null) return made;
  const limited = bestRate(conditions, attack, now, good, options);
  return limited === null ? made : { ...made, ...limited };
}

function narrowed(attack: Distributed, now: Traffic, good: Traffic) {
  let { conditions } = attack;
  let collateral = collateralOf({ conditions }, good, now);
  for (const name of traitNames) {
    if (conditions[name] !== undefined || collateral.clients === 0) continue;
    const value = commonValue(name, conditions, now, attack.requests);
    if (value === null) continue;
    const narrower = { ...conditions, [name]: value };
    const spared = collateralOf({ conditions: narrower }, good, now);
    if (spared.clients >= collateral.clients) continue;
    conditions = narrower;
    collateral = spared;
  }
  return { conditions, collateral };
}

function commonValue(
  name: (typeof traitNames)[number],
  conditions: Partial<Traits>,
  now: Traffic,
  requests: number,
): string | null {
  const byValue = new Map<string, number>();
  for (const sort of now.sorts()) {
    if (!matches(conditions, sort.traits)) continue;
    byValue.set(sort.traits[name], (byValue.get(sort.traits[name]) ?? 0) + sort.requests);
  }
  const [top] = [...byValue].sort((a, b) => b[1] - a[1]);
  return top && top[0] !== '' && top[1] >= 0.9 * requests ? top[0] : null;
}

/** The keys that spare most good clients, of those the fewest; null where none cuts the attack. */
function bestRate(
  conditions: Partial<Traits>,
  { requests }: Distributed,
  now: Traffic,
  good: Traffic,
  { windowMs }: Options,
): { rate: Rate; collateral: Collateral } | null {
  const scopeNow = now.sorts().filter((one) => matches(conditions, one.traits));
  const scopeGood = good.sorts().filter((one) => matches(conditions, one.traits));
  const there = rateKeys.filter((key) => scopeNow.some((one) => keyValue(key, one.traits) !== ''));
  const found = setsOf(there).flatMap((keys) => {
    const rate = rateFor(keys, scopeGood, windowMs);
    if (rate === null || cutIn(scopeNow, rate) < leastCut * requests) return [];
    return [{ rate, collateral: { ...shadowOf(scopeGood, scopeNow, rate), ofClients: good.clients } }];
  });
  found.sort(
    (a, b) => a.collateral.clients - b.collateral.clients || a.rate.keys.length - b.rate.keys.length,
  );
  return found[0] ?? null;
}

/** Every choice of them but none at all; a fingerprint is a JA3 or a JA4. */
function setsOf(keys: readonly RateKey[]): RateKey[][] {
  const sets: RateKey[][] = [[]];
  for (const key of keys) sets.push(...sets.map((one) => [...one, key]));
  return sets.filter((one) => one.length > 0 && !(one.includes('ja3') && one.includes('ja4')));
}

/** By its conditions, so that one attack makes one rule, whether or not that limits a rate. */
function nameOf(conditions: Partial<Traits>): string {
  let sum = 0;
  for (const char of JSON.stringify(conditions)) sum = (Math.imul(sum, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return `snapshut-${(sum >>> 0).toString(16).padStart(8, '0')}`;
}
