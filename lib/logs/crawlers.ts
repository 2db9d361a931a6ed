import type { Offender } from './watch.ts';

/** Which of these clients are crawlers that the DNS vouches for. */
export type CrawlersAmong = (offenders: readonly Offender[]) => Promise<string[]>;

/** What is asked of the DNS. Both throw where there is no answer. */
export interface Names {
  reverse(address: string): Promise<string[]>;
  addressesOf(name: string): Promise<string[]>;
}

/** The loudest: a crawler that offends is among them, and a storm of attackers must not become a storm of questions. */
const askedAtMost = 200;

/**
 * As the search engines ask to be verified: the address has a name under one of their domains, and that name has
 * the address. No answer is no proof. v6 clients are counted as networks, which have no name.
 * https://developers.google.com/search/docs/crawling-indexing/verifying-googlebot
 */
export function crawlersAmong(names: Names, domains: readonly string[]): CrawlersAmong {
  return async (offenders) => {
    if (domains.length === 0) return [];
    const loudest = offenders
      .filter(({ client }) => !client.includes(':'))
      .toSorted((a, b) => b.requests - a.requests)
      .slice(0, askedAtMost);
    const proven = await Promise.all(loudest.map(async ({ client }) => isProven(client, names, domains)));
    return loudest.flatMap(({ client }, at) => (proven[at] ? [client] : []));
  };
}

async function isProven(client: string, names: Names, domains: readonly string[]): Promise<boolean> {
  try {
    const found = await names.reverse(client);
    const known = found.filter((name) => domains.some((domain) => isUnder(name.toLowerCase(), domain)));
    for (const name of known.slice(0, 3)) {
      if ((await names.addressesOf(name)).includes(client)) return true;
    }
    return false;
  } catch {
    // Whatever the DNS has against it: it does not vouch.
    return false;
  }
}

function isUnder(name: string, domain: string): boolean {
  return name.endsWith(`.${domain}`);
}
