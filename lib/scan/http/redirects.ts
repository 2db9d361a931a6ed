import { fetchPage, type Page, type Question } from './fetch.ts';

export interface Hop {
  scheme: 'http' | 'https';
  host: string;
  port: number;
}

export interface Redirects {
  /** The host that was asked first, as it is called. */
  host: string;
  hops: Hop[];
  endsOnHttps: boolean;
  /** Where it was not followed, and why. */
  stopped: string | null;
  last: Page;
}

/** The pinned address of a name or address that may be contacted; null for everything else. */
export type PinOf = (host: string) => string | null;

const maxHops = 5;

/** Follows redirects as far as they stay on the list. One that leads away is told, never followed. */
export async function followRedirects(first: Page, question: Question, pinOf: PinOf): Promise<Redirects> {
  const host = question.name ?? question.address;
  const found: Redirects = {
    host,
    hops: [],
    endsOnHttps: question.scheme === 'https',
    stopped: null,
    last: first,
  };
  const seen = new Set<string>();
  let at = urlOf(question);
  while (isRedirect(found.last)) {
    const next = parse(locationOf(found.last), at);
    if (next === null) return { ...found, stopped: 'a redirect that leads nowhere' };
    const scheme = next.protocol === 'https:' ? 'https' : 'http';
    const nextHost = next.hostname.replace(/^\[|\]$/g, '');
    const port = Number(next.port || (scheme === 'https' ? 443 : 80));
    found.hops.push({ scheme, host: nextHost, port });
    found.endsOnHttps = scheme === 'https';
    if (found.hops.length >= maxHops || seen.has(next.href))
      return { ...found, stopped: 'redirects without end' };
    seen.add(next.href);
    const address = pinOf(nextHost);
    if (address === null) return { ...found, stopped: `${nextHost} is not on the list` };
    const name = nextHost === address ? null : nextHost;
    const page = await fetchPage({
      ...question,
      scheme,
      address,
      port,
      name,
      path: next.pathname + next.search,
    });
    if (page === null) return { ...found, stopped: `${nextHost} does not answer` };
    found.last = page;
    at = next.href;
  }
  return found;
}

function isRedirect(page: Page): boolean {
  return [301, 302, 303, 307, 308].includes(page.status) && locationOf(page) !== '';
}

function locationOf(page: Page): string {
  return page.headers.find(([name]) => name === 'location')?.[1] ?? '';
}

function urlOf({ scheme, address, port, name, path }: Question): string {
  const host = name ?? (address.includes(':') ? `[${address}]` : address);
  return `${scheme}://${host}:${port}${path}`;
}

function parse(location: string, base: string): URL | null {
  const url = URL.parse(location, base);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}
