import { callTimeouts } from '../call-timeouts.ts';

/** Where messages go that cannot be handled, with the reason beside them. */
export interface DeadLetters {
  put(letter: { body: string; reason: string; messageId: string }): Promise<void>;
}

/** The IAM actions of this file. */
export const calls = ['sqs:SendMessage'] as const;

/** The dead-letter queue itself: its redrive policy alone could not say why. Null where none is named. */
export function sqsDeadLetters(url: string | null): DeadLetters | null {
  if (url === null) return null;
  return {
    async put({ body, reason, messageId }) {
      const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
      const client = new SQSClient({ requestHandler: callTimeouts });
      const text = (value: string) => ({ DataType: 'String', StringValue: value });
      try {
        await client.send(
          new SendMessageCommand({
            QueueUrl: url,
            MessageBody: body,
            MessageAttributes: { reason: text(printable(reason)), messageId: text(messageId) },
          }),
        );
      } finally {
        client.destroy();
      }
    },
  };
}

/** SQS takes no control characters in an attribute. */
function printable(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}|[\uFFFE\uFFFF]/gu, ' ') || ' ';
}
