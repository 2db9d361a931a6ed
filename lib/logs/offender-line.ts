import { type Severity, severities, worst } from '../model.ts';
import { type Blocked, isWanted } from './block-set.ts';
import type { Offender } from './watch.ts';

/** What `waf` and `ssh` print. `until` null: told, not blocked. Times are ISO 8601. */
export interface OffenderLine {
  client: string;
  detectors: string[];
  requests: number;
  firstSeen: string;
  lastSeen: string;
  until: string | null;
  why: string;
}

/** How long the first, second, third and every further block lasts. */
export const blockMinutes = [60, 240, 1440, 10_080] as const;

export interface DetectorFacts {
  name: string;
  severity: Severity;
  what: string;
  requests: number;
  windowSeconds: number;
  tellsOnly: boolean;
  blockMinutes?: number | undefined;
}

export interface Judging {
  nowMs: number;
  detectors: ReadonlyMap<string, DetectorFacts>;
  whyNeverBlocked(client: string): string | null;
  /** Why a person is asked before it is blocked, or null. */
  whyAsked?(client: string): string | null;
  /** Why a person wants it to stay free, or null. */
  exempt?(client: string): string | null;
  /** What is remembered of earlier blocks. */
  blocked(client: string): Blocked | undefined;
}

export interface Judged {
  line: OffenderLine;
  severity: Severity;
  /** The block that must be; null where nobody new is to be blocked. */
  block: Blocked | null;
}

export function judge(offender: Offender, { nowMs, detectors, ...judging }: Judging): Judged {
  const facts = offender.offences.flatMap(({ detector }) => detectors.get(detector) ?? []);
  const severity = worst(facts.map((one) => one.severity));
  const prior = judging.blocked(offender.client);
  const never = judging.whyNeverBlocked(offender.client) ?? judging.exempt?.(offender.client) ?? null;
  const told = whyOnlyTold(offender, facts, never, prior, nowMs);
  const untilMs = told === null ? endOf(offender, facts, prior, nowMs) : null;
  const ask = untilMs === null ? null : whyAskedOf(offender.client, prior, nowMs, judging);
  return {
    severity,
    block:
      untilMs === null || (prior && !offender.isFresh)
        ? null
        : {
            ...blockOf(offender, severity, untilMs, prior, nowMs),
            why: facts.map(sentence).join(', '),
            ...(ask && { ask }),
          },
    line: {
      client: offender.client,
      detectors: facts.map((one) => one.name),
      requests: offender.requests,
      firstSeen: new Date(offender.firstMs).toISOString(),
      lastSeen: new Date(offender.lastMs).toISOString(),
      until: untilMs === null || ask !== null ? null : new Date(untilMs).toISOString(),
      why: `${facts.map(sentence).join(', ')}${ending(told, ask)}`,
    },
  };
}

function ending(told: string | null, ask: string | null): string {
  if (told !== null) return `; told and not blocked: ${told}`;
  return ask === null ? '' : `; asked and not blocked yet: ${ask}`;
}

/** Who is blocked already, by a person's word or before anybody good was seen there, stays blocked. */
function whyAskedOf(
  client: string,
  prior: Blocked | undefined,
  nowMs: number,
  { whyAsked }: Pick<Judging, 'whyAsked'>,
): string | null {
  if (prior && isWanted(prior, nowMs)) return prior.ask ?? null;
  return whyAsked?.(client) ?? null;
}

function whyOnlyTold(
  offender: Offender,
  facts: readonly DetectorFacts[],
  never: string | null,
  prior: Blocked | undefined,
  nowMs: number,
): string | null {
  if (never) return never;
  if (facts.every((one) => one.tellsOnly)) return 'the policy only tells, or nobody can be sure who it was';
  if (!prior || offender.isFresh) return null;
  if (prior.unblocked) return 'somebody let it go, and it did nothing since';
  return prior.untilMs > nowMs ? null : `its block for this ended ${new Date(prior.untilMs).toISOString()}`;
}

function endOf(
  offender: Offender,
  facts: readonly DetectorFacts[],
  prior: Blocked | undefined,
  nowMs: number,
): number {
  if (prior && !offender.isFresh) return prior.untilMs;
  const before = timesBefore(prior, nowMs);
  const own = Math.max(0, ...facts.map((one) => (one.tellsOnly ? 0 : (one.blockMinutes ?? 0))));
  const minutes = own || (blockMinutes[Math.min(before, blockMinutes.length - 1)] ?? 60);
  return Math.max(nowMs + minutes * 60_000, prior?.unblocked ? 0 : (prior?.untilMs ?? 0));
}

/** A block that still holds is the same offence going on. */
function timesBefore(prior: Blocked | undefined, nowMs: number): number {
  if (!prior) return 0;
  return isWanted(prior, nowMs) ? prior.times - 1 : prior.times;
}

function blockOf(
  { client, requests, lastMs }: Offender,
  severity: Severity,
  untilMs: number,
  prior: Blocked | undefined,
  nowMs: number,
): Blocked {
  return {
    client,
    untilMs,
    times: timesBefore(prior, nowMs) + 1,
    evidenceMs: Math.max(lastMs, prior?.evidenceMs ?? 0),
    weight: severities.indexOf(severity) * 1e12 + requests,
    sets: prior?.sets ?? [],
    pending: prior?.pending ?? [],
  };
}

function sentence({ name, requests, windowSeconds, what }: DetectorFacts): string {
  const amount = requests === 0 ? what : `more than ${requests} ${what} within ${windowSeconds} s`;
  return `${name}: ${amount}`;
}

/** The most severe first, then those who sent most. */
export function byWeight(a: Judged, b: Judged): number {
  const rank = (one: Judged) => severities.indexOf(one.severity);
  if (rank(a) !== rank(b)) return rank(b) - rank(a);
  if (a.line.requests !== b.line.requests) return b.line.requests - a.line.requests;
  return a.line.client < b.line.client ? -1 : 1;
}
