import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors.ts';
import { backoffMs } from './inbox-runner.ts';

/**
 * Long-polls one SQS queue. A message is deleted when it is done; one that fails stays, comes again later and ends
 * where the queue's own redrive policy sends it.
 */

export interface QueueParts {
  url: string;
  client: SQSClient;
  handle(body: string): Promise<void>;
  warn(text: string): void;
  /** Messages under way at once. */
  width?: number;
  visibilitySeconds?: number;
  waitSeconds?: number;
}

/** Polls until aborted, then lets what is under way end. */
export async function pollQueue(parts: QueueParts, signal: AbortSignal): Promise<void> {
  const { width = 100, warn } = parts;
  const underWay = new Set<Promise<void>>();
  let failures = 0;
  while (!signal.aborted) {
    if (underWay.size >= width) {
      await Promise.race(underWay);
      continue;
    }
    try {
      for (const message of await receive(parts, width - underWay.size, signal)) {
        const work = finish(parts, message).finally(() => underWay.delete(work));
        underWay.add(work);
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      warn(`the queue could not be read, trying again: ${messageOf(error)}`);
      await sleep(Math.min(60_000, backoffMs(failures)), undefined, { signal }).catch(() => {});
    }
  }
  await Promise.all(underWay);
}

async function receive(parts: QueueParts, room: number, signal: AbortSignal): Promise<Message[]> {
  const { ReceiveMessageCommand } = await import('@aws-sdk/client-sqs');
  const command = new ReceiveMessageCommand({
    QueueUrl: parts.url,
    MaxNumberOfMessages: Math.min(10, room),
    WaitTimeSeconds: parts.waitSeconds ?? 20,
    VisibilityTimeout: parts.visibilitySeconds ?? 60,
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
  });
  const { Messages } = await parts.client.send(command, { abortSignal: signal });
  return Messages ?? [];
}

/** Never throws: what could not be finished is still in the queue. */
async function finish(parts: QueueParts, message: Message): Promise<void> {
  const { DeleteMessageCommand } = await import('@aws-sdk/client-sqs');
  const { url, client, handle, warn, visibilitySeconds = 60 } = parts;
  const address = { QueueUrl: url, ReceiptHandle: message.ReceiptHandle };
  const heartbeat = setInterval(
    () => void hide(parts, message, visibilitySeconds),
    (visibilitySeconds * 1000) / 3,
  );
  try {
    await handle(message.Body ?? '');
    await client.send(new DeleteMessageCommand(address));
  } catch (error) {
    warn(`message ${message.MessageId} stays in the queue: ${messageOf(error)}`);
    const tries = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    await hide(parts, message, backoffMs(tries) / 1000);
  } finally {
    clearInterval(heartbeat);
  }
}

/** Keeps the message from others for so long. Failing only means that it comes again sooner or twice. */
async function hide(parts: QueueParts, { ReceiptHandle }: Message, seconds: number): Promise<void> {
  const { ChangeMessageVisibilityCommand } = await import('@aws-sdk/client-sqs');
  const change = { QueueUrl: parts.url, ReceiptHandle, VisibilityTimeout: Math.round(seconds) };
  await parts.client
    .send(new ChangeMessageVisibilityCommand(change))
    .catch((error: unknown) => parts.warn(`a message could not be kept hidden: ${messageOf(error)}`));
}

/** The calls of this file. */
export const calls = {
  read: ['sqs:ReceiveMessage'],
  write: ['sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
} as const;
