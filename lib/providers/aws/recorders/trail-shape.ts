import type {
  AdvancedEventSelector,
  CreateTrailRequest,
  EventSelector,
  InsightSelector,
  Trail,
} from '@aws-sdk/client-cloudtrail';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { cloudTrailOf } from '../services.ts';
import { shapeOf, wordsOf } from './recorder.ts';

/** All that it takes to make a trail anew. */
interface TrailShape {
  trail: CreateTrailRequest;
  selectors: { EventSelectors?: EventSelector[]; AdvancedEventSelectors?: AdvancedEventSelector[] };
  insights: InsightSelector[];
}

const noInsights = (error: unknown) => isAws(error, 'InsightNotEnabledException');
const isThere = (error: unknown) => isAws(error, 'TrailAlreadyExistsException');

export async function trailShape(
  clients: Clients,
  place: Place,
  said: Trail,
  selectors: Json,
): Promise<Json> {
  const { client, sdk } = await cloudTrailOf(clients, place);
  const { TrailARN = '', SnsTopicARN, SnsTopicName, LogFileValidationEnabled, ...rest } = said;
  const [tags, insights] = await Promise.all([
    client.send(new sdk.ListTagsCommand({ ResourceIdList: [TrailARN] })),
    said.HasInsightSelectors
      ? orNull(client.send(new sdk.GetInsightSelectorsCommand({ TrailName: TrailARN })), noInsights)
      : null,
  ]);
  const { HomeRegion: _, HasCustomEventSelectors: __, HasInsightSelectors: ___, ...trail } = rest;
  const list = tags.ResourceTagList?.[0]?.TagsList ?? [];
  return shapeOf({
    trail: {
      ...trail,
      SnsTopicName: SnsTopicARN ?? SnsTopicName,
      EnableLogFileValidation: LogFileValidationEnabled ?? false,
      TagsList: list.toSorted((a, b) => ((a.Key ?? '') < (b.Key ?? '') ? -1 : 1)),
    },
    selectors,
    insights: insights?.InsightSelectors ?? [],
  });
}

/** Makes the trail and has it log; a second delivery finds it made and goes on with the rest. */
export async function makeTrail(clients: Clients, place: Place, shape: Json): Promise<void> {
  const { client, sdk } = await cloudTrailOf(clients, place);
  const { trail, selectors, insights } = wordsOf<TrailShape>(shape);
  const TrailName = trail.Name;
  await orNull(client.send(new sdk.CreateTrailCommand(trail)), isThere);
  const { EventSelectors = [], AdvancedEventSelectors = [] } = selectors;
  if (AdvancedEventSelectors.length > 0)
    await client.send(new sdk.PutEventSelectorsCommand({ TrailName, AdvancedEventSelectors }));
  else if (EventSelectors.length > 0)
    await client.send(new sdk.PutEventSelectorsCommand({ TrailName, EventSelectors }));
  if (insights.length > 0)
    await client.send(new sdk.PutInsightSelectorsCommand({ TrailName, InsightSelectors: insights }));
  await client.send(new sdk.StartLoggingCommand({ Name: TrailName }));
}
