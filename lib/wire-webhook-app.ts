import { callTimeouts } from './call-timeouts.ts';
import { environment } from './config.ts';
import { TerminalError } from './errors.ts';
import type { Routes } from './serve/http.ts';
import { wire } from './wire.ts';
import { webhooks } from './wire-webhooks.ts';

/** The calls of this file. */
export const calls = ['sqs:SendMessage'] as const;

/** What answers webhooks on Lambda: the same routes as in the one process, in front of the queue. */
export async function wireWebhooks(): Promise<{ routes: readonly Routes[] }> {
  const QueueUrl = environment().variable('SNAPSHUT_QUEUE');
  if (QueueUrl === null)
    throw new TerminalError('SNAPSHUT_QUEUE is not set: there is nowhere to keep events');
  const { guarded, loop } = await wire();
  const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({ requestHandler: callTimeouts });
  const put = async (_eventId: string, MessageBody: string) => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    return true;
  };
  return { routes: [failing, webhooks({ guarded, history: loop.history, put, now: loop.now })] };
}

/** What could not be kept is sent again by whoever sent it. */
const failing: Routes = (app) => {
  app.onError((error, context) => {
    console.error(JSON.stringify({ level: 'error', message: 'webhook not stored', why: error.message }));
    return context.json({ error: 'the service cannot store events now; send again later' }, 503);
  });
  app.notFound((context) => context.json({ error: 'there is no such webhook' }, 404));
};
