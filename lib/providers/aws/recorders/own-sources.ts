import type {
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
} from '@aws-sdk/client-lambda';
import { RetryableError, TerminalError } from '../../../errors.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import { lambdaOf } from '../services.ts';
import { functionName } from './own-functions.ts';
import { type Recorder, shapeOf, stateOf, wordsOf } from './recorder.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');
const prefix = 'event-source/';

/**
 * What hands a queue's events to this service's functions. The id is `event-source/FUNCTION/ARN`: AWS gives a new UUID to
 * one that is made anew, and keeps at most one of a function and a source.
 */
export const ownSources: Recorder = {
  service: 'event-source',
  calls: {
    read: ['lambda:ListEventSourceMappings', 'lambda:GetEventSourceMapping'],
    write: [
      'lambda:UpdateEventSourceMapping',
      'lambda:CreateEventSourceMapping',
      'lambda:DeleteEventSourceMapping',
    ],
  },
  owns: (id) => id.startsWith(prefix),

  async read(clients, place, id) {
    const said = await mappingOf(clients, place, id);
    const on = !/^Disabl/.test(said?.State ?? '');
    return stateOf('event-source', id.slice(prefix.length), said && { on, shape: shape(said) });
  },

  async set(clients, place, id, setting, to) {
    const said = await mappingOf(clients, place, id);
    const { client, sdk } = await lambdaOf(clients, place);
    const UUID = said?.UUID;
    try {
      if (setting === 'on' && UUID)
        await client.send(new sdk.UpdateEventSourceMappingCommand({ UUID, Enabled: to === true }));
      else if (setting === 'shape' && to === null) {
        if (UUID) await client.send(new sdk.DeleteEventSourceMappingCommand({ UUID }));
      } else if (setting === 'shape') await become(clients, place, id, UUID, to);
      else throw new TerminalError(`${id} has no setting ${setting}`);
    } catch (error) {
      if (!isAws(error, 'ResourceInUseException')) throw error;
      throw new RetryableError(`${id} is being changed just now`, { cause: error });
    }
  },

  async *list(clients, place) {
    const { client, sdk } = await lambdaOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.ListEventSourceMappingsCommand({ Marker }));
      yield (page.EventSourceMappings ?? []).flatMap((one) => idOf(clients, one) ?? []);
      Marker = page.NextMarker || undefined;
    } while (Marker);
  },

  hints: {
    /** `FUNCTION ARN` where the event says both, else a UUID. */
    'event-source': async (clients, place, id) => {
      const [FunctionArn = '', EventSourceArn] = id.split(' ');
      if (EventSourceArn) return [idOf(clients, { FunctionArn, EventSourceArn }) ?? []].flat();
      const { client, sdk } = await lambdaOf(clients, place);
      const said = await orNull(client.send(new sdk.GetEventSourceMappingCommand({ UUID: id })), absent);
      return [(said && idOf(clients, said)) ?? []].flat();
    },
  },
};

function idOf(clients: Clients, said: EventSourceMappingConfiguration): string | null {
  const name = functionName(said.FunctionArn ?? '');
  return said.EventSourceArn && clients.isOwn(name) ? `${prefix}${name}/${said.EventSourceArn}` : null;
}

function partsOf(id: string): { FunctionName: string; EventSourceArn: string } {
  const [FunctionName = '', ...arn] = id.slice(prefix.length).split('/');
  return { FunctionName, EventSourceArn: arn.join('/') };
}

/** Of this function and source, whatever form of its name the function was given in. */
async function mappingOf(clients: Clients, place: Place, id: string) {
  const { client, sdk } = await lambdaOf(clients, place);
  const { FunctionName, EventSourceArn } = partsOf(id);
  const found = await allPages(async (Marker) => {
    const page = await client.send(new sdk.ListEventSourceMappingsCommand({ EventSourceArn, Marker }));
    return { items: page.EventSourceMappings, next: page.NextMarker };
  });
  const same = found.filter((one) => functionName(one.FunctionArn ?? '') === FunctionName);
  return same.find((one) => one.State !== 'Deleting') ?? null;
}

/** What it has none of is said too, so that a filter that lets nothing through shows. */
function shape(said: EventSourceMappingConfiguration): Json {
  return shapeOf({
    BatchSize: said.BatchSize,
    MaximumBatchingWindowInSeconds: said.MaximumBatchingWindowInSeconds ?? 0,
    FilterCriteria: said.FilterCriteria?.Filters?.length ? said.FilterCriteria : {},
    FunctionResponseTypes: said.FunctionResponseTypes ?? [],
    ScalingConfig: said.ScalingConfig ?? {},
  });
}

async function become(
  clients: Clients,
  place: Place,
  id: string,
  UUID: string | undefined,
  shape: Json,
): Promise<void> {
  const { client, sdk } = await lambdaOf(clients, place);
  const words = wordsOf<Omit<CreateEventSourceMappingRequest, 'FunctionName'>>(shape);
  if (UUID) await client.send(new sdk.UpdateEventSourceMappingCommand({ UUID, ...words }));
  else
    await client.send(new sdk.CreateEventSourceMappingCommand({ ...partsOf(id), ...words, Enabled: true }));
}
