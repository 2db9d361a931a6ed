import * as z from 'zod';
import type { History } from '../ports.ts';
import { keptList, type ListSource, publishedList } from './published-lists.ts';
import { parseReputation, type ReputationList } from './reputation.ts';

/** Networks and load testers that stand for many clients: a block there shuts out everybody who comes through them. */
export interface SparedLists {
  urls: readonly string[];
  refreshHours: number;
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html */
const AwsRanges = z.object({
  prefixes: z.array(z.object({ ip_prefix: z.string(), service: z.string() })),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: z.string(), service: z.string() })),
});
/** Of all that AWS publishes, only these are not a customer's. */
const spared = new Set(['CLOUDFRONT', 'CLOUDFRONT_ORIGIN_FACING', 'ROUTE53_HEALTHCHECKS']);
/** https://www.fastly.com/documentation/reference/api/utils/public-ip-list/ */
const FastlyRanges = z.object({ addresses: z.array(z.string()), ipv6_addresses: z.array(z.string()) });

/** Reads AWS's ranges, Fastly's, or a text with one network a line (as Cloudflare publishes its own). */
export function parseRanges(source: string, text: string): ReputationList {
  if (!text.trimStart().startsWith('{')) return parseReputation(source, text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { source, cidrs: [] };
  }
  const aws = AwsRanges.safeParse(parsed).data;
  if (aws) {
    const v4 = aws.prefixes.flatMap((one) => (spared.has(one.service) ? [one.ip_prefix] : []));
    const v6 = aws.ipv6_prefixes.flatMap((one) => (spared.has(one.service) ? [one.ipv6_prefix] : []));
    return parseReputation(source, [...v4, ...v6].join('\n'));
  }
  const fastly = FastlyRanges.safeParse(parsed).data;
  return parseReputation(
    source,
    [...(fastly?.addresses ?? []), ...(fastly?.ipv6_addresses ?? [])].join('\n'),
  );
}

const nextSetting = 'spared-ranges/next';
/** After a download that failed. */
const againMs = 3_600_000;

/** Downloads the lists where that is due, beside the loops: no block waits for it. What is wrong is told. */
export async function refreshSpared(
  { urls, refreshHours }: SparedLists,
  { fetchText, settings }: ListSource & { settings: Pick<History, 'setting' | 'set'> },
  nowMs: number,
): Promise<string[]> {
  const next = await settings.setting(nextSetting);
  if (typeof next === 'number' && nowMs < next) return [];
  const read = await Promise.all(
    urls.map(async (url) => ({ url, ...(await publishedList(url, { fetchText, settings }, parseRanges)) })),
  );
  const told = read.flatMap(({ url, why }) => (why === null ? [] : [`${url}: ${why}`]));
  await settings.set(nextSetting, nowMs + (told.length > 0 ? againMs : refreshHours * 3_600_000));
  return told;
}

const freshMs = 5 * 60_000;

/** The last good lists, read anew every few minutes. */
export class SparedRanges {
  readonly #urls: readonly string[];
  readonly #settings: Pick<History, 'setting'>;
  readonly #now: () => Date;
  #known: string[] = [];
  #readMs = Number.NEGATIVE_INFINITY;

  constructor({ urls }: SparedLists, settings: Pick<History, 'setting'>, now: () => Date) {
    this.#urls = urls;
    this.#settings = settings;
    this.#now = now;
  }

  async get(): Promise<string[]> {
    const nowMs = this.#now().getTime();
    if (nowMs < this.#readMs + freshMs) return this.#known;
    const lists = await Promise.all(this.#urls.map((url) => keptList(url, this.#settings)));
    this.#known = lists.flatMap((one) => one?.cidrs ?? []);
    this.#readMs = nowMs;
    return this.#known;
  }
}
