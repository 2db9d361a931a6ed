import { isAws, orNull } from '../errors.ts';
import { eventsOf } from '../services.ts';
import { arnOf, nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

const noBus = (error: unknown) => isAws(error, 'ResourceNotFoundException');

export const eventBuses = textHolder({
  service: 'events',
  calls: {
    read: ['events:DescribeEventBus', 'events:ListEventBuses'],
    write: ['events:PutPermission', 'events:RemovePermission'],
  },

  async held(clients, place, arn) {
    const { client, sdk } = await eventsOf(clients, place);
    const Name = nameIn(arn, 'event-bus/');
    const said = await orNull(client.send(new sdk.DescribeEventBusCommand({ Name })), noBus);
    return said && { policy: said.Policy || null, name: Name };
  },

  async write(clients, place, arn, Policy) {
    const { client, sdk } = await eventsOf(clients, place);
    const EventBusName = nameIn(arn, 'event-bus/');
    if (Policy !== null) await client.send(new sdk.PutPermissionCommand({ EventBusName, Policy }));
    else await client.send(new sdk.RemovePermissionCommand({ EventBusName, RemoveAllPermissions: true }));
  },

  async remove(clients, place, arn, StatementId) {
    const { client, sdk } = await eventsOf(clients, place);
    const of = { EventBusName: nameIn(arn, 'event-bus/'), StatementId };
    await orNull(client.send(new sdk.RemovePermissionCommand(of)), noBus);
  },

  async *list(clients, place) {
    const { client, sdk } = await eventsOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListEventBusesCommand({ Limit: 100, NextToken }));
      yield (page.EventBuses ?? []).flatMap((bus) => bus.Arn ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: {
    'event-bus': async (_, place, name) => [
      arnOf('events', place, `event-bus/${name.split('/').pop() || 'default'}`),
    ],
  },
});
