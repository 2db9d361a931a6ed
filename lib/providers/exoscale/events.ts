import * as z from 'zod';
import { fingerprint } from '../../fingerprint.ts';
import type { Json } from '../../model.ts';
import type { Said, Source } from '../../polling.ts';
import type { ExoscaleClient } from './client.ts';

/** Exoscale's audit trail: https://community.exoscale.com/documentation/platform/audit-trail/ */

/**
 * Only what is used: parameters of calls can hold passwords and user data, and are dropped before anything is kept.
 */
const Event = z.object({
  timestamp: z.string(),
  handler: z.string().optional(),
  message: z.string().optional(),
  uri: z.string().optional(),
  status: z.number().optional(),
  'request-id': z.string().optional(),
  zone: z.string().optional(),
  'source-ip': z.string().optional(),
  'iam-user': z.object({ email: z.string().optional() }).optional(),
  'iam-api-key': z.object({ name: z.string().optional() }).optional(),
  'iam-role': z.object({ name: z.string().optional() }).optional(),
});
type Event = z.infer<typeof Event>;
const Remembered = z.object({
  /** Everything before this was asked for. */
  until: z.string(),
});

/** An event may show up later than it happened, so every asking looks back this far again; the inbox knows repeats. */
const overlapMs = 15 * 60_000;
/** One asking covers no more than a day, as the API does by itself; after an outage several follow each other. */
const windowMs = 24 * 60 * 60_000;
/** What is older is not kept there. */
const keptMs = 30 * 24 * 60 * 60_000;

/** The windows that lie between what was asked for and now, oldest first. Pure. */
export function windows(until: string | null, nowMs: number): { from: string; to: string }[] {
  const known = until === null ? Number.NaN : Date.parse(until);
  // A clock that was set back must not skip what happens until it has caught up.
  const asked = Number.isNaN(known) ? nowMs - windowMs : Math.min(known, nowMs) - overlapMs;
  const found: { from: string; to: string }[] = [];
  for (let from = Math.max(asked, nowMs - keptMs); from < nowMs; from += windowMs) {
    const to = Math.min(from + windowMs, nowMs);
    found.push({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  }
  return found;
}

/** Asks the audit trail of one organization from where it was left. */
export function exoscaleEvents(
  client: ExoscaleClient,
  account: string,
  zone: string,
  timing: { everyMs: number; jitterMs: number },
): Source {
  return {
    name: `poll/exoscale/${account}`,
    ...timing,
    async ask(remembered, now): Promise<Said> {
      const until = Remembered.safeParse(remembered).data?.until ?? null;
      const found: Event[] = [];
      for (const { from, to } of windows(until, now.getTime())) {
        const query: [string, string][] = [
          ['from', from],
          ['to', to],
        ];
        found.push(...(await client.get(zone, '/event', z.array(Event), query)));
      }
      const next = { until: now.toISOString() } satisfies Json;
      const unique = new Map(found.map((event) => [idOf(event), event]));
      const inOrder = [...unique].sort(([, a], [, b]) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
      return {
        events: inOrder.map(([eventId, event]) => ({
          eventId,
          body: { exoscale: { account, eventId }, event },
        })),
        remembered: next,
      };
    },
  };
}

/** Sign-ins have no request id; the same event asked for twice has the same content. */
function idOf(event: Event): string {
  return `exoscale-${fingerprint(event).slice(0, 32)}`;
}
