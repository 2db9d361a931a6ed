import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TerminalError } from '../../lib/errors.ts';
import { pollQueue } from '../../lib/serve/queue.ts';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';

let engine: Engine;
let client: SQSClient;
let url: string;
let deadUrl: string;

beforeAll(async () => {
  engine = await startMiniStack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new SQSClient({ endpoint: engine.endpoint, region: 'eu-central-1', credentials });
  const dead = await client.send(new CreateQueueCommand({ QueueName: 'dead' }));
  deadUrl = dead.QueueUrl ?? '';
  const of = { QueueUrl: deadUrl, AttributeNames: ['QueueArn' as const] };
  const { Attributes } = await client.send(new GetQueueAttributesCommand(of));
  const redrive = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 };
  const made = await client.send(
    new CreateQueueCommand({ QueueName: 'events', Attributes: { RedrivePolicy: JSON.stringify(redrive) } }),
  );
  url = made.QueueUrl ?? '';
});
afterAll(() => engine?.stop());

const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));

async function left(of: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const asked = new GetQueueAttributesCommand({ QueueUrl: of, AttributeNames: [...names] });
  const { Attributes } = await client.send(asked);
  return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
}

it('deletes what is done; poison stays and ends among the dead letters of the queue', async () => {
  const stop = new AbortController();
  const handled: string[] = [];
  const warned: string[] = [];
  for (const body of ['one', 'poison', 'two']) await send(body);

  const polling = pollQueue(
    {
      ...{ url, client, waitSeconds: 1, visibilitySeconds: 5, warn: (text) => warned.push(text) },
      async handle(body) {
        if (body === 'poison') throw new TerminalError('not an event');
        handled.push(body);
      },
    },
    stop.signal,
  );
  await expect.poll(() => left(url), { timeout: 25_000, interval: 200 }).toBe(0);
  stop.abort();
  await polling;

  expect(handled.sort()).toEqual(['one', 'two']);
  expect(warned.filter((text) => text.endsWith('stays in the queue: not an event'))).toHaveLength(2);
  const dead = await client.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, WaitTimeSeconds: 1 }));
  expect(dead.Messages?.map((one) => one.Body)).toEqual(['poison']);
}, 40_000);

it('keeps a message to itself for as long as it is worked on', async () => {
  const stop = new AbortController();
  let starts = 0;
  await send('slow');

  const polling = pollQueue(
    {
      ...{ url, client, waitSeconds: 1, visibilitySeconds: 2, warn: () => {} },
      async handle() {
        starts += 1;
        await new Promise((resolve) => setTimeout(resolve, 4500));
      },
    },
    stop.signal,
  );
  await expect.poll(() => left(url), { timeout: 20_000, interval: 200 }).toBe(0);
  stop.abort();
  await polling;

  expect(starts).toBe(1);
}, 30_000);

it('goes on polling after the queue could not be reached', async () => {
  const stop = new AbortController();
  const warned: string[] = [];
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const nowhere = { endpoint: 'http://127.0.0.1:9', region: 'eu-central-1', credentials, maxAttempts: 1 };

  const polling = pollQueue(
    {
      ...{ url: 'http://127.0.0.1:9/000000000000/events', client: new SQSClient(nowhere) },
      handle: async () => {},
      warn: (text) => warned.push(text),
    },
    stop.signal,
  );
  await expect.poll(() => warned.length, { timeout: 10_000 }).toBeGreaterThan(1);
  stop.abort();
  await polling;

  expect(warned[0]).toMatch(/^the queue could not be read, trying again: /);
});
