import type { Readable } from 'node:stream';
import type { BlockMemory } from './block-memory.ts';
import type { LineSink } from './lines.ts';
import { Networks } from './networks.ts';
import { type NeverBlock, whyNeverBlocked } from './never-block.ts';
import { byWeight, type DetectorFacts, type Judged, judge } from './offender-line.ts';
import type { ReadResult } from './source.ts';
import type { Offender } from './watch.ts';

/** The policy file's `networks`, and the account's own addresses where a cloud was asked for them. */
export interface NetworkPolicy {
  trusted: readonly string[];
  proxies: readonly string[];
  own?: readonly string[];
}

/** Addresses as one run needs them. */
export interface AddressPolicy {
  trusted: readonly string[];
  proxies: readonly string[];
  neverBlock: readonly string[];
  /** Clients that a person let go for a while, to why. */
  exempt?: ReadonlyMap<string, string>;
  /** Clients that proved to be a crawler. */
  crawlers?: readonly string[];
  /** The collateral guard for one client: why a person is asked before it is blocked, or null. */
  whyAsked?: ((client: string) => string | null) | undefined;
}

/** One loop's reading of its logs: `see` answers false for a line that is not readable. */
export interface LineAnalysis {
  facts: ReadonlyMap<string, DetectorFacts>;
  see(line: string): boolean;
  /** A line's time, or NaN; used to put files in order. */
  timeOf(line: string): number;
  /** Nothing follows. */
  end(): void;
  /** This client is dealt with: what it does from here on is looked at anew. */
  settle(client: string): void;
  offenders(): Offender[];
  /** Networks (a v4 /24, a v6 /56) in which somebody was seen who did nothing. */
  goodNetworks(): Set<string>;
  /** Why a person is asked before this client is blocked: good people come from it too. Null: nobody needs to be. */
  whyAsked?(client: string): string | null;
  /** `1200 requests of 30 clients`. */
  summary(): string;
  /** Several threads that read a source as `see` would line by line; the sink gets the lines left for `see`. */
  threads?: LogThreads | undefined;
  /** What people should know besides: attacks that no single client stands for. */
  alerts(): string[];
}

export interface LogThreads {
  read(source: Readable, sink: LineSink): Promise<ReadResult>;
  close(): Promise<void>;
}

export function judgeAll(
  analysis: LineAnalysis,
  now: Date,
  policy: AddressPolicy,
  memory: BlockMemory | null,
): Judged[] {
  const guarded = { ...policy, whyAsked: policy.whyAsked ?? analysis.whyAsked?.bind(analysis) };
  return judgeOffenders(analysis.offenders(), analysis.facts, now, guarded, memory);
}

/** Who is blocked, until when, or why not; the worst first. */
export function judgeOffenders(
  offenders: readonly Offender[],
  detectors: ReadonlyMap<string, DetectorFacts>,
  now: Date,
  policy: AddressPolicy,
  memory: BlockMemory | null,
): Judged[] {
  const never = neverOf(policy);
  const judged = offenders.map((offender) =>
    judge(offender, {
      nowMs: now.getTime(),
      detectors,
      whyNeverBlocked: (client) => whyNeverBlocked(client, never),
      whyAsked: (client) => policy.whyAsked?.(client) ?? null,
      exempt: (client) => policy.exempt?.get(client) ?? null,
      blocked: (client) => memory?.get(client),
    }),
  );
  return judged.sort(byWeight);
}

/**
 * The collateral guard for whole networks: nobody good was seen there, and nobody is there who is never blocked.
 * Asked only when there is no room, so the good networks are gathered only then.
 */
export function guardOf(analysis: LineAnalysis, policy: AddressPolicy): (network: string) => boolean {
  let good: Set<string> | null = null;
  const never = neverOf(policy);
  return (network) => {
    good ??= analysis.goodNetworks();
    return !good.has(network) && whyNeverBlocked(network, never) === null;
  };
}

function neverOf(policy: AddressPolicy): NeverBlock {
  return {
    trusted: new Networks(policy.trusted),
    proxies: new Networks(policy.proxies),
    own: new Networks(policy.neverBlock),
    crawlers: new Networks(policy.crawlers ?? []),
  };
}
