import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { messageOf, RetryableError, TerminalError } from '../errors.ts';
import type { Outcome } from '../model.ts';
import { type Normalised, normalise, normaliseAll } from '../normalise.ts';
import type { DeadLetters } from './dead-letters.ts';
import { cut, type Log, outcomeFields } from './log.ts';

/** A message of a queue, and what becomes of it. Nothing here decides about a resource. */

export interface BatchParts {
  service: { handle(event: Normalised): Promise<Outcome[]> };
  log: Log;
  /** Null: what cannot be handled goes back to the queue, whose redrive policy moves it in the end. */
  deadLetters: DeadLetters | null;
  /** Milliseconds until the invocation is ended. */
  leftMs(): number;
}

/** The queue's own limit (`maxReceiveCount`): the last try gives the reason to the dead letter. */
export const maxReceiveCount = 5;

/** What one message may need; nothing is started when less is left. */
const startMs = 15_000;

/**
 * Does every message it can; answers those that the queue must keep. Messages that name the same resource run
 * in the order in which they stand, all others together, so that their resources are read together.
 */
export async function handleBatch(
  records: readonly SQSRecord[],
  parts: BatchParts,
): Promise<SQSBatchResponse> {
  const tails = new Map<string, Promise<unknown>>();
  const results = records.map((record) => {
    const events = parsed(record);
    const keys = [...new Set(events === null ? [] : events.flatMap(keysOf))];
    const before = Promise.all(keys.map((key) => tails.get(key)));
    const done = before.then(() => handleRecord(record, events, parts));
    for (const key of keys) tails.set(key, done);
    return done;
  });
  const kept = (await Promise.all(results)).flatMap((id) => (id === null ? [] : [{ itemIdentifier: id }]));
  return { batchItemFailures: kept };
}

/** Null where the body is not JSON. */
function parsed({ body }: SQSRecord): Normalised[] | null {
  try {
    return normaliseBody(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A list of nothing is no event, and says so. */
function normaliseBody(value: unknown): Normalised[] {
  const events = normaliseAll(value);
  return events.length === 0 ? [normalise(value)] : events;
}

const keysOf = (event: Normalised) =>
  event.hints.map(({ provider, account, region, kind, id }) =>
    [provider, account, region, kind, id].join('/'),
  );

/** The id of the message where the queue must keep it; null where it is done. */
async function handleRecord(
  record: SQSRecord,
  events: Normalised[] | null,
  parts: BatchParts,
): Promise<string | null> {
  const { messageId } = record;
  if (parts.leftMs() < startMs) {
    parts.log('info', 'message not started: too little time left', { messageId });
    return messageId;
  }
  const failures: Error[] = [];
  if (events === null) failures.push(new TerminalError('malformed event: not JSON'));
  for (const event of events ?? []) failures.push(...(await handleEvent(event, messageId, parts)));
  if (failures.length === 0) return null;

  const isFinal = failures.every((failure) => failure instanceof TerminalError);
  const isLast = Number(record.attributes.ApproximateReceiveCount) >= maxReceiveCount;
  const reason = failures.map(messageOf).join('; ');
  if (isFinal || isLast) return bury(record, reason, parts);
  return messageId;
}

/** What went wrong, if anything; each outcome is logged with the id of its event. */
async function handleEvent(event: Normalised, messageId: string, parts: BatchParts): Promise<Error[]> {
  const { eventId } = event;
  try {
    const outcomes = await parts.service.handle(event);
    for (const outcome of outcomes) {
      parts.log('info', 'outcome', { messageId, ...outcomeFields(outcome) });
    }
    return event.malformed ? [new TerminalError(event.ignored ?? 'malformed event')] : [];
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new RetryableError(messageOf(thrown));
    parts.log('error', 'event not handled', { messageId, eventId, why: cut(error.message) });
    return [error];
  }
}

/** A message that no further try can help, put away with its reason; kept by the queue where that fails. */
async function bury(record: SQSRecord, reason: string, parts: BatchParts): Promise<string | null> {
  const { messageId, body } = record;
  const fields = { messageId, why: cut(reason), receives: Number(record.attributes.ApproximateReceiveCount) };
  if (parts.deadLetters === null) {
    parts.log('error', 'message cannot be handled', fields);
    return messageId;
  }
  try {
    await parts.deadLetters.put({ body, reason: cut(reason), messageId });
    parts.log('error', 'message put among the dead letters', fields);
    return null;
  } catch (error) {
    parts.log('error', 'dead letter not stored, message stays in the queue', {
      ...fields,
      error: cut(messageOf(error)),
    });
    return messageId;
  }
}
