import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { messageOf, TerminalError } from '../errors.ts';
import { maxReceiveCount } from '../handler/batch.ts';
import type { DeadLetters } from '../handler/dead-letters.ts';
import { type ObjectsService, onLogObjects } from './on-objects.ts';

export interface LogMessagesParts {
  service: ObjectsService;
  /** Null: what cannot be handled goes back to the queue, whose redrive policy moves it in the end. */
  deadLetters: DeadLetters | null;
  /** Milliseconds until the invocation is ended. */
  leftMs(): number;
}

/** What one message may need; nothing is started when less is left. */
const startMs = 60_000;

/**
 * Messages about new log objects, one after the other. What cannot be handled ever, or was tried for the last time,
 * goes to the dead letters with its reason; what failed for now goes back to the queue.
 */
export async function onLogMessages(
  records: readonly SQSRecord[],
  parts: LogMessagesParts,
): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of records) {
    if (parts.leftMs() < startMs || !(await isDone(record, parts))) {
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}

/** False where the queue must keep the message. */
async function isDone({ messageId, body, attributes }: SQSRecord, parts: LogMessagesParts): Promise<boolean> {
  const { service, deadLetters } = parts;
  try {
    const lines = await onLogObjects(body, service);
    service.log('info', 'log objects were analysed', { messageId, offenders: lines.length });
    return true;
  } catch (thrown) {
    const reason = messageOf(thrown);
    service.log('error', 'a message about log objects failed', { messageId, why: reason });
    const isLast = Number(attributes.ApproximateReceiveCount) >= maxReceiveCount;
    if (deadLetters === null || !(isLast || thrown instanceof TerminalError)) return false;
    return deadLetters.put({ body, reason, messageId }).then(
      () => true,
      (error) => {
        service.log('error', 'dead letter not stored', { messageId, why: messageOf(error) });
        return false;
      },
    );
  }
}
