import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { sqsOf } from '../services.ts';
import { arnOf, nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

const noQueue = (error: unknown) =>
  isAws(error, 'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue');

export const queues = textHolder({
  service: 'sqs',
  calls: {
    read: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes', 'sqs:ListQueues'],
    write: ['sqs:SetQueueAttributes'],
  },

  async held(clients, place, arn) {
    const { client, sdk } = await sqsOf(clients, place);
    const QueueUrl = await urlOf(clients, place, arn);
    if (QueueUrl === null) return null;
    const command = new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] });
    const said = await orNull(client.send(command), noQueue);
    return said && { policy: said.Attributes?.Policy || null, name: nameIn(arn) };
  },

  async write(clients, place, arn, policy) {
    const { client, sdk } = await sqsOf(clients, place);
    const QueueUrl = await urlOf(clients, place, arn);
    if (QueueUrl === null) return;
    await client.send(new sdk.SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy ?? '' } }));
  },

  async *list(clients, place) {
    const { client, sdk } = await sqsOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListQueuesCommand({ MaxResults: 1000, NextToken }));
      yield (page.QueueUrls ?? []).map((url) => arnOf('sqs', place, url.split('/').pop() ?? ''));
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: { queue: async (_, place, url) => [arnOf('sqs', place, url.split('/').pop() ?? '')] },
});

async function urlOf(clients: Clients, place: Place, arn: string): Promise<string | null> {
  const { client, sdk } = await sqsOf(clients, place);
  const said = await orNull(client.send(new sdk.GetQueueUrlCommand({ QueueName: nameIn(arn) })), noQueue);
  return said?.QueueUrl ?? null;
}
