import * as z from 'zod';
import { AddressOrNetwork } from '../logs/address-schema.ts';
import type { DetectorFacts } from '../logs/offender-line.ts';
import { BlockTarget, Followed } from '../logs/targets.ts';
import type { Detector, LimitSchema } from './detectors/detector.ts';
import { detectors } from './detectors/detectors.ts';

/** Only a local engine may do without TLS: whoever sits in between could have anybody blocked. */
const ListUrl = z
  .string()
  .regex(/^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)[:/])/, 'expected an https:// address');

/** What the search engines publish: googlebot.com, bing's search.msn.com, Apple's, Yandex's, DuckDuckGo's, Baidu's. */
const defaultCrawlers = [
  'googlebot.com',
  'google.com',
  'search.msn.com',
  'applebot.apple.com',
  'yandex.com',
  'yandex.net',
  'yandex.ru',
  'duckduckgo.com',
  'crawl.baidu.com',
  'crawl.baidu.jp',
];

/** Of AWS's own, only CloudFront and Route 53's health checkers are taken. Akamai publishes none that needs no login. */
const sparedUrls = [
  'https://ip-ranges.amazonaws.com/ip-ranges.json',
  'https://api.fastly.com/public-ip-list',
  'https://www.cloudflare.com/ips-v4',
  'https://www.cloudflare.com/ips-v6',
];

const optionsByName = Object.fromEntries(detectors.map((one) => [one.name, one.options.prefault({})]));

/** The policy file's `loops.waf`. Detectors that it does not name keep their defaults; `mode: off` stops one. */
export const WafLoop = z.strictObject({
  detectors: z.strictObject(optionsByName).prefault({}),
  /**
   * Many clients below every limit that have something in common. `tell` says so; `ask` and `fix` put up a rule in
   * every target's `webAcl`, which counts first: `ask` lets it block when a person approves, `fix` when it spared
   * good clients for `measureMinutes`.
   */
  distributed: z
    .strictObject({
      requests: z.int().min(1).default(300),
      clients: z.int().min(2).default(20),
      windowSeconds: z.int().min(1).max(86_400).default(300),
      mode: z.enum(['fix', 'ask', 'tell', 'off']).default('tell'),
      measureMinutes: z.number().min(1).max(1440).default(10),
      /** The largest part of good clients that a rule may hit without a person's word. */
      maxGoodShare: z.number().min(0).max(1).default(0.001),
      retireDays: z.number().min(1).max(365).default(7),
    })
    .prefault({}),
  /** Published lists of bad addresses, in files or by URL; whoever is on one is an offender with its first request. */
  reputation: z
    .strictObject({
      files: z.array(z.string().min(1)).default([]),
      urls: z.array(ListUrl).default([]),
      refreshHours: z.number().min(0.1).max(720).default(6),
      mode: z.enum(['fix', 'tell', 'off']).default('tell'),
      blockMinutes: z.int().min(1).optional(),
    })
    .prefault({}),
  /** A search engine's crawler is known by its name in the DNS, both ways; who only calls itself one is not. */
  crawlers: z
    .strictObject({ domains: z.array(z.string().regex(/^[a-z0-9.-]+$/)).default(defaultCrawlers) })
    .prefault({}),
  /**
   * Before one address is blocked: where at least so many people were served before, who are more than this part of all,
   * a person is asked.
   */
  collateral: z
    .strictObject({
      people: z.int().min(2).max(1000).default(10),
      maxGoodShare: z.number().min(0).max(1).default(0.001),
    })
    .prefault({}),
  /** Lists of networks that are never blocked: those of content delivery networks and health checkers. */
  sparedLists: z
    .strictObject({
      urls: z.array(ListUrl).default(sparedUrls),
      refreshHours: z.number().min(0.1).max(720).default(24),
    })
    .prefault({}),
  targets: z.array(BlockTarget).default([]),
  follow: z.array(Followed).default([]),
  /** Addresses and CIDRs that are never blocked, besides `networks.trusted`: health checkers, crawlers. */
  neverBlock: z.array(AddressOrNetwork).default([]),
});
export type WafLoop = z.infer<typeof WafLoop>;

export interface ActiveDetector {
  detector: Detector;
  options: z.infer<LimitSchema>;
  facts: DetectorFacts;
}

/** The detectors that are on, with their options. */
export function activeDetectors(loop: WafLoop): ActiveDetector[] {
  return detectors.flatMap((detector) => {
    const options = loop.detectors[detector.name] as z.infer<LimitSchema>;
    if (options.mode === 'off') return [];
    const { requests, windowSeconds, blockMinutes } = options;
    const { name, severity, what } = detector;
    const tellsOnly = options.mode === 'tell' || detector.tellsOnly === true;
    return [
      {
        detector,
        options,
        facts: { name, severity, what, requests, windowSeconds, tellsOnly, blockMinutes },
      },
    ];
  });
}

/** Behind the detectors of requests stands what lists say of a client. */
export function reputationFacts({ reputation: { mode, blockMinutes } }: WafLoop): DetectorFacts {
  const facts = {
    name: 'reputation',
    severity: 'medium',
    what: 'its address is on a published list',
  } as const;
  return { ...facts, requests: 0, windowSeconds: 3600, tellsOnly: mode !== 'fix', blockMinutes };
}
