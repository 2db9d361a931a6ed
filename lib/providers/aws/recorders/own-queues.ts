import type { QueueAttributeName } from '@aws-sdk/client-sqs';
import { RetryableError, TerminalError } from '../../../errors.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { sqsOf } from '../services.ts';
import { type Recorder, shapeOf, stateOf, wordsOf } from './recorder.ts';

const absent = (error: unknown) =>
  isAws(error, 'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue');

/** What a queue says of itself and cannot be told. */
const onlySaid = /^(Approximate.*|CreatedTimestamp|LastModifiedTimestamp|QueueArn)$/;

/** The queues that this service's events wait in; the id is the queue's ARN. */
export const ownQueues: Recorder = {
  service: 'queue',
  calls: {
    read: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes', 'sqs:ListQueues'],
    write: ['sqs:SetQueueAttributes', 'sqs:CreateQueue', 'sqs:DeleteQueue'],
  },
  owns: (id) => /^arn:[^:]+:sqs:/.test(id),

  async read(clients, place, arn) {
    const attributes = await attributesOf(clients, place, arn);
    const settings = attributes && { on: true, shape: shapeOf(attributes) };
    return stateOf('queue', nameIn(arn), settings);
  },

  async set(clients, place, arn, setting, to) {
    if (setting !== 'shape') throw new TerminalError(`a queue has no setting ${setting}`);
    const QueueUrl = await urlOf(clients, place, arn);
    const { client, sdk } = await sqsOf(clients, place);
    if (to === null) {
      if (QueueUrl !== null) await orNull(client.send(new sdk.DeleteQueueCommand({ QueueUrl })), absent);
      return;
    }
    const wanted = wordsOf<{ [name: string]: string }>(to);
    if (QueueUrl === null) await make(clients, place, arn, wanted);
    else await become(clients, place, arn, QueueUrl, wanted);
  },

  async *list(clients, place) {
    const { client, sdk } = await sqsOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListQueuesCommand({ MaxResults: 1000, NextToken }));
      const names = (page.QueueUrls ?? []).map((url) => url.split('/').pop() ?? '');
      yield names.filter((name) => clients.isOwn(name)).map((name) => arnOf('sqs', place, name));
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: {
    queue: async (clients, place, url) => {
      const name = url.split('/').pop() ?? '';
      return clients.isOwn(name) ? [arnOf('sqs', place, name)] : [];
    },
  },
};

async function urlOf(clients: Clients, place: Place, arn: string): Promise<string | null> {
  const { client, sdk } = await sqsOf(clients, place);
  const said = await orNull(client.send(new sdk.GetQueueUrlCommand({ QueueName: nameIn(arn) })), absent);
  return said?.QueueUrl ?? null;
}

async function attributesOf(clients: Clients, place: Place, arn: string) {
  const { client, sdk } = await sqsOf(clients, place);
  const QueueUrl = await urlOf(clients, place, arn);
  if (QueueUrl === null) return null;
  const command = new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  const said = await orNull(client.send(command), absent);
  return (
    said && Object.fromEntries(Object.entries(said.Attributes ?? {}).filter(([name]) => !onlySaid.test(name)))
  );
}

async function make(
  clients: Clients,
  place: Place,
  arn: string,
  Attributes: { [name: string]: string },
): Promise<void> {
  const { client, sdk } = await sqsOf(clients, place);
  try {
    await client.send(new sdk.CreateQueueCommand({ QueueName: nameIn(arn), Attributes }));
  } catch (error) {
    if (!isAws(error, 'QueueDeletedRecently', 'AWS.SimpleQueueService.QueueDeletedRecently')) throw error;
    throw new RetryableError(`the name of ${arn} is free again a minute after it was deleted`, {
      cause: error,
    });
  }
}

/** An attribute that the shape does not have is emptied. */
async function become(
  clients: Clients,
  place: Place,
  arn: string,
  QueueUrl: string,
  wanted: { [name: string]: string },
): Promise<void> {
  const { client, sdk } = await sqsOf(clients, place);
  const now = (await attributesOf(clients, place, arn)) ?? {};
  const names = [...new Set([...Object.keys(now), ...Object.keys(wanted)])];
  const changed = names.filter((name) => now[name] !== wanted[name]) as QueueAttributeName[];
  if (changed.length === 0) return;
  const Attributes = Object.fromEntries(changed.map((name) => [name, wanted[name] ?? '']));
  await client.send(new sdk.SetQueueAttributesCommand({ QueueUrl, Attributes }));
}
