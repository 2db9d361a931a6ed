import { asKept } from '../events/as-kept.ts';
import { isOslo } from '../events/oslo.ts';
import { normalise } from '../normalise.ts';

/** What a message of the bus is to us. `event` has no tokens any more. */
export type BusMessage =
  | { is: 'ours'; eventId: string; event: unknown }
  /** Of a project that is not guarded: the bus of a cloud carries everybody's. */
  | { is: 'theirs' }
  | { is: 'unreadable'; why: string };

/** Pure: a notification of oslo.messaging, bare or in its v2 envelope, by the project that it is about. */
export function busMessage(content: Buffer, projects: ReadonlySet<string>): BusMessage {
  const event = asKept(parsed(content));
  if (!isOslo(event)) return { is: 'unreadable', why: 'no notification of oslo.messaging' };
  const { eventId, account, malformed, ignored } = normalise(event);
  if (malformed) return { is: 'unreadable', why: ignored ?? 'malformed event' };
  return account !== null && projects.has(account) ? { is: 'ours', eventId, event } : { is: 'theirs' };
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
