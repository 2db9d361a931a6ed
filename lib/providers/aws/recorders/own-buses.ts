import type { CreateEventBusRequest, DescribeEventBusResponse } from '@aws-sdk/client-eventbridge';
import { TerminalError } from '../../../errors.ts';
import { elementsOf, inOneOrder } from '../../../iam/document.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { eventsOf } from '../services.ts';
import { type Recorder, shapeOf, stateOf, wordsOf } from './recorder.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');
const isThere = (error: unknown) => isAws(error, 'ResourceAlreadyExistsException');
const prefix = 'event-bus/';

interface BusShape extends Omit<CreateEventBusRequest, 'Name'> {
  Policy?: string;
}

/** The EventBridge bus that other accounts send to; the id is the bus's ARN. */
export const ownBuses: Recorder = {
  service: 'event-bus',
  calls: {
    read: ['events:DescribeEventBus', 'events:ListEventBuses'],
    write: [
      'events:PutPermission',
      'events:RemovePermission',
      'events:CreateEventBus',
      'events:DeleteEventBus',
    ],
  },
  owns: (id) => /^arn:[^:]+:events:[^:]*:\d*:event-bus\//.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await eventsOf(clients, place);
    const Name = nameIn(arn, prefix);
    const said = await orNull(client.send(new sdk.DescribeEventBusCommand({ Name })), absent);
    return stateOf('event-bus', Name, said && { on: true, shape: shape(said) });
  },

  async set(clients, place, arn, setting, to) {
    if (setting !== 'shape') throw new TerminalError(`an event bus has no setting ${setting}`);
    const { client, sdk } = await eventsOf(clients, place);
    const Name = nameIn(arn, prefix);
    if (to === null) await orNull(client.send(new sdk.DeleteEventBusCommand({ Name })), absent);
    else await become(clients, place, Name, to);
  },

  async *list(clients, place) {
    const { client, sdk } = await eventsOf(clients, place);
    const buses = await allPages(async (NextToken) => {
      const page = await client.send(new sdk.ListEventBusesCommand({ Limit: 100, NextToken }));
      return { items: page.EventBuses, next: page.NextToken };
    });
    yield buses.filter((one) => clients.isOwn(one.Name ?? '')).flatMap((one) => one.Arn ?? []);
  },

  hints: {
    'event-bus': async (clients, place, id) => {
      const name = id.split('/').pop() ?? '';
      return clients.isOwn(name) ? [arnOf('events', place, `${prefix}${name}`)] : [];
    },
  },
};

function shape({ Policy, Description, KmsKeyIdentifier, DeadLetterConfig }: DescribeEventBusResponse): Json {
  return shapeOf({
    Policy: Policy ? inOneOrder(Policy) : undefined,
    Description,
    KmsKeyIdentifier,
    DeadLetterConfig,
  });
}

async function become(clients: Clients, place: Place, Name: string, to: Json): Promise<void> {
  const { client, sdk } = await eventsOf(clients, place);
  const { Policy, ...rest } = wordsOf<BusShape>(to);
  const now = await orNull(client.send(new sdk.DescribeEventBusCommand({ Name })), absent);
  if (now === null) await orNull(client.send(new sdk.CreateEventBusCommand({ Name, ...rest })), isThere);
  // One by one: PutPermission need not take away what the policy does not name.
  const wanted = new Set((elementsOf(Policy ?? '') ?? []).map((one) => one.id));
  const gone = (elementsOf(now?.Policy ?? '') ?? []).filter((one) => !wanted.has(one.id));
  for (const { id: StatementId } of gone) {
    const of = { EventBusName: Name, StatementId };
    await orNull(client.send(new sdk.RemovePermissionCommand(of)), absent);
  }
  if (Policy) await client.send(new sdk.PutPermissionCommand({ EventBusName: Name, Policy }));
}
