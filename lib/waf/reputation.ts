import { networkOf } from '../logs/networks.ts';

/** Addresses of a published list: v4 and v6, single ones and networks. */
export interface ReputationList {
  source: string;
  cidrs: string[];
}

/** A list that shrinks to less than this part of itself at once is a broken download, not good news. */
const smallestPart = 0.5;
/** Wider than this is no reputation of anybody. */
const widest = { v4: 8, v6: 24 };

/**
 * Reads a list as Spamhaus, FireHOL, Tor and their like publish them: one address or network a line, or as JSON
 * lines with a `cidr`, and anything behind `;`, `#` or a blank is a remark.
 */
export function parseReputation(source: string, text: string): ReputationList {
  const cidrs = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    const word = /"cidr"\s*:\s*"([^"]+)"/.exec(line)?.[1] ?? line.split(/[\s;#,]/)[0] ?? '';
    const network = word === '' ? null : networkOf(word.replace(/^ExitAddress$/, ''));
    if (network && network.prefix >= (network.v6 ? widest.v6 : widest.v4)) cidrs.add(word);
  }
  return { source, cidrs: [...cidrs] };
}

/**
 * The list to use from now on: the fresh one, or the last good one where the download failed, was empty or lost more
 * than half of its entries. `why` says so, to be told. Pure.
 */
export function freshOrLast(
  last: ReputationList | null,
  fresh: ReputationList | Error,
): { list: ReputationList | null; why: string | null } {
  if (fresh instanceof Error) return { list: last, why: `the list could not be read: ${fresh.message}` };
  if (fresh.cidrs.length === 0) return { list: last, why: `${fresh.source} holds no address` };
  if (last && fresh.cidrs.length < last.cidrs.length * smallestPart) {
    const why = `${fresh.source} shrank from ${last.cidrs.length} to ${fresh.cidrs.length} entries; the last good list is kept`;
    return { list: last, why };
  }
  return { list: fresh, why: null };
}

/** Says who names a client, or null. */
export interface Named {
  namedBy(client: string): string | null;
}

/** Asks thousands of networks about one client in a few steps: a map per prefix length. */
export class Reputation implements Named {
  readonly #v4 = new Map<number, Map<bigint, string>>();
  readonly #v6 = new Map<number, Map<bigint, string>>();

  constructor(lists: readonly ReputationList[]) {
    for (const { source, cidrs } of lists) {
      for (const cidr of cidrs) {
        const network = networkOf(cidr);
        if (!network) continue;
        const lengths = network.v6 ? this.#v6 : this.#v4;
        const shift = BigInt((network.v6 ? 128 : 32) - network.prefix);
        const held = lengths.get(network.prefix) ?? new Map<bigint, string>();
        held.set(network.bits >> shift, source);
        lengths.set(network.prefix, held);
      }
    }
  }

  /** The list that names this client, or null. A v6 client is a /64, and single addresses in it do not name it. */
  namedBy(client: string): string | null {
    const asked = networkOf(client);
    if (!asked) return null;
    for (const [prefix, held] of asked.v6 ? this.#v6 : this.#v4) {
      if (prefix > asked.prefix) continue;
      const source = held.get(asked.bits >> BigInt((asked.v6 ? 128 : 32) - prefix));
      if (source !== undefined) return source;
    }
    return null;
  }
}
