import { type Severity, severities, worst } from '../model.ts';
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
  /** How often the client was blocked before. */
  blockedBefore(client: string): number;
}

export interface Judged {
  line: OffenderLine;
  severity: Severity;
}

export function judge(offender: Offender, { nowMs, detectors, ...judging }: Judging): Judged {
  const facts = offender.offences.flatMap(({ detector }) => detectors.get(detector) ?? []);
  const never = judging.whyNeverBlocked(offender.client);
  const blocking = facts.filter((one) => !one.tellsOnly);
  const told = never ?? (blocking.length === 0 ? 'the policy only tells' : null);
  const minutes = durationMinutes(blocking, judging.blockedBefore(offender.client));
  return {
    severity: worst(facts.map((one) => one.severity)),
    line: {
      client: offender.client,
      detectors: facts.map((one) => one.name),
      requests: offender.requests,
      firstSeen: new Date(offender.firstMs).toISOString(),
      lastSeen: new Date(offender.lastMs).toISOString(),
      until: told === null ? new Date(nowMs + minutes * 60_000).toISOString() : null,
      why: `${facts.map(sentence).join(', ')}${told === null ? '' : `; told and not blocked: ${told}`}`,
    },
  };
}

function durationMinutes(facts: readonly DetectorFacts[], before: number): number {
  const own = Math.max(0, ...facts.map((one) => one.blockMinutes ?? 0));
  return own || (blockMinutes[Math.min(before, blockMinutes.length - 1)] ?? 60);
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
