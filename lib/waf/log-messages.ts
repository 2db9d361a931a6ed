import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { messageOf, TerminalError } from '../errors.ts';
import type { DeadLetters } from '../handler/dead-letters.ts';
import { type ObjectsService, onLogObjects } from './on-objects.ts';

/**
 * Messages about new log objects, one after the other. What cannot be handled ever goes to the dead letters with its
 * reason; what failed for now goes back to the queue.
 */
export async function onLogMessages(
  records: readonly SQSRecord[],
  service: ObjectsService,
  deadLetters: DeadLetters | null,
): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of records) {
    try {
      const lines = await onLogObjects(body, service);
      service.log('info', 'log objects were analysed', { messageId, offenders: lines.length });
    } catch (thrown) {
      const reason = messageOf(thrown);
      service.log('error', 'a message about log objects failed', { messageId, why: reason });
      if (thrown instanceof TerminalError && deadLetters) await deadLetters.put({ body, reason, messageId });
      else batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}
