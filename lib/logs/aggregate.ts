import { type Blocked, isInForce } from './block-set.ts';
import { canonicalCidr } from './desired.ts';
import { networkOf } from './networks.ts';

/** Neighbours that are put together: a v4 /24, a v6 /56 (256 of either). */
const prefixOf = { v4: 24, v6: 56 };
/** Fewer than this many are no neighbourhood, and the rest of it may be anybody. */
const atLeast = 32;

export interface Aggregated {
  /** One entry for a whole neighbourhood, as bad as its worst and as long as its longest. */
  network: Blocked;
  members: Blocked[];
}

/**
 * Neighbourhoods of which so many are blocked that the whole may be, where the guard agrees (no good client was seen
 * there, nobody is trusted there). Pure; the largest first.
 */
export function aggregate(
  blocked: readonly Blocked[],
  nowMs: number,
  agrees: (network: string) => boolean,
): Aggregated[] {
  const neighbourhoods = new Map<string, Blocked[]>();
  for (const one of blocked) {
    if (!isInForce(one, nowMs) || one.within) continue;
    const around = around24(one.client);
    if (around) neighbourhoods.set(around, [...(neighbourhoods.get(around) ?? []), one]);
  }
  return [...neighbourhoods]
    .filter(([network, members]) => members.length >= atLeast && agrees(network))
    .sort((a, b) => b[1].length - a[1].length)
    .map(([client, members]) => ({ network: networkEntry(client, members), members }));
}

function networkEntry(client: string, members: readonly Blocked[]): Blocked {
  const most = (of: (one: Blocked) => number) => members.reduce((max, one) => Math.max(max, of(one)), 0);
  return {
    client,
    untilMs: most((one) => one.untilMs),
    times: most((one) => one.times),
    evidenceMs: most((one) => one.evidenceMs),
    weight: most((one) => one.weight),
    sets: [],
    pending: [],
  };
}

/** The neighbourhood of an address or /64; null for what is wider already. */
function around24(client: string): string | null {
  const network = networkOf(client);
  if (!network || network.prefix < (network.v6 ? 64 : 32)) return null;
  const prefix = network.v6 ? prefixOf.v6 : prefixOf.v4;
  const shift = BigInt((network.v6 ? 128 : 32) - prefix);
  return canonicalCidr(textOf((network.bits >> shift) << shift, network.v6, prefix));
}

function textOf(bits: bigint, v6: boolean, prefix: number): string {
  const size = v6 ? 16n : 8n;
  const parts = Array.from({ length: v6 ? 8 : 4 }, (_, at) => {
    const part = (bits >> (size * BigInt((v6 ? 7 : 3) - at))) & (v6 ? 0xffffn : 0xffn);
    return part.toString(v6 ? 16 : 10);
  });
  return `${parts.join(v6 ? ':' : '.')}/${prefix}`;
}
