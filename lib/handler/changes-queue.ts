import type { SQSClient } from '@aws-sdk/client-sqs';
import { callTimeouts } from '../call-timeouts.ts';
import type { Inbox } from '../ports.ts';

/** The IAM actions of this file. */
export const calls = ['sqs:SendMessage'] as const;

/**
 * The queue that events come from, as the inbox of what is asked for on Lambda: a message is stored when SQS says so.
 * SQS knows no repeats, so an event that is asked for twice comes twice, and the second time finds nothing to do.
 * Null where no queue is named.
 */
export function sqsInbox(url: string | null): Pick<Inbox, 'put'> | null {
  if (url === null) return null;
  let client: SQSClient | undefined;
  return {
    async put(_eventId, body) {
      const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
      client ??= new SQSClient({ requestHandler: callTimeouts });
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
      return true;
    },
  };
}
