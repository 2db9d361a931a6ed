import { type LookupAddress, type LookupOptions, lookup as lookUp } from 'node:dns';
import { isIP } from 'node:net';
import { messageOf, RetryableError, TerminalError } from '../errors.ts';
import { contains } from '../net/addresses.ts';
import { nonGlobal } from '../net/special-purpose.ts';

/**
 * POST to an address that somebody else chose. It never reaches this machine, this network or the metadata service:
 * the address that is connected to is the one that was looked at, whatever the name resolves to a moment later, and
 * no redirect is followed. Hosts listed by name may be private.
 */

export interface GuardedPost {
  url: string;
  headers: { [name: string]: string };
  body: string;
}

export interface GuardOptions {
  allowPrivateHosts?: readonly string[];
  timeoutMs?: number;
}

export interface PostAnswer {
  status: number;
  text: string;
  retryAfterMs: number | null;
}

const answerMax = 2_000;
/** Multicast is in no registry of special purposes. */
const isMulticast = (address: string) => /^(22[4-9]|23\d)\./.test(address) || /^ff/i.test(address);

/** Why this address may not be reached, or null. Throws for what is no address. */
export function whyPrivate(address: string): string | null {
  const bare = address.split('%')[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
  // NAT64 and 6to4 carry an IPv4 address on to where it leads.
  const isCarrier = /^(64:ff9b:|2002:)/i.test(mapped);
  const isRefused = isCarrier || isMulticast(mapped) || contains(nonGlobal, mapped);
  return isRefused ? `${address} is not an address of the public internet` : null;
}

export async function guardedPost(post: GuardedPost, options: GuardOptions = {}): Promise<PostAnswer> {
  const { allowPrivateHosts = [], timeoutMs = 8_000 } = options;
  const url = new URL(post.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isListed = allowPrivateHosts.includes(host);
  if (url.protocol !== 'https:' && !isListed) throw new TerminalError(`${url.origin}: only https is used`);
  if (url.username !== '' || url.password !== '')
    throw new TerminalError('an address with a password in it is not used');
  const refusal = isListed || isIP(host) === 0 ? null : whyPrivate(host);
  if (refusal !== null) throw new TerminalError(refusal);

  const { Agent, fetch } = await import('undici');
  const dispatcher = new Agent({ connect: isListed ? {} : { lookup: guardedLookup } });
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: post.headers,
      body: post.body,
      redirect: 'manual',
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = (await answer.text()).slice(0, answerMax);
    return { status: answer.status, text, retryAfterMs: retryAfterOf(answer.headers.get('retry-after')) };
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof TerminalError) throw cause;
    throw new RetryableError(`${url.host}: ${messageOf(cause ?? error)}`);
  } finally {
    await dispatcher.destroy();
  }
}

/** Throws what an answer other than success means: worth another try, or never. */
export function mustBeTaken({ status, text, retryAfterMs }: PostAnswer, who: string): void {
  if (status >= 200 && status < 300) return;
  const said = `${who} answered ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`;
  const isPassing = status >= 500 || [401, 403, 404, 408, 425, 429].includes(status);
  if (!isPassing) throw new TerminalError(said);
  throw new RetryableError(said, retryAfterMs === null ? {} : { afterMs: retryAfterMs });
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Every address of the name must be public: which one is taken is not ours to choose. */
function guardedLookup(host: string, options: LookupOptions, found: Found): void {
  lookUp(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return found(error, []);
    const refusal = addresses.map(({ address }) => whyPrivate(address)).find((one) => one !== null);
    if (refusal !== undefined) return found(new TerminalError(`${host}: ${refusal}`), []);
    const [first] = addresses;
    if (options.all) return found(null, addresses);
    return found(null, first?.address ?? '', first?.family);
  });
}

/** Seconds; a date is not read. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterOf(header: string | null): number | null {
  return header !== null && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : null;
}
