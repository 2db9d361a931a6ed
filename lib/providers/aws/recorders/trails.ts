import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail';
import { TerminalError } from '../../../errors.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { orNull } from '../policies/text-holder.ts';
import { cloudTrailOf } from '../services.ts';
import { type Recorder, stateOf } from './recorder.ts';

const absent = (error: unknown) => isAws(error, 'TrailNotFoundException');

/** CloudTrail trails; the id is the ARN. */
export const trails: Recorder = {
  service: 'cloudtrail',
  calls: {
    read: [
      'cloudtrail:GetTrail',
      'cloudtrail:GetTrailStatus',
      'cloudtrail:GetEventSelectors',
      'cloudtrail:DescribeTrails',
    ],
    write: ['cloudtrail:StartLogging', 'cloudtrail:StopLogging', 'cloudtrail:PutEventSelectors'],
  },
  owns: (id) => /^arn:[^:]+:cloudtrail:/.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await cloudTrailOf(clients, place);
    const name = nameIn(arn, 'trail/');
    const status = await orNull(client.send(new sdk.GetTrailStatusCommand({ Name: arn })), absent);
    if (status === null) return stateOf('cloudtrail', name, null);
    const said = await orNull(client.send(new sdk.GetEventSelectorsCommand({ TrailName: arn })), absent);
    const { EventSelectors = [], AdvancedEventSelectors = [] } = said ?? {};
    const selectors = JSON.parse(JSON.stringify({ EventSelectors, AdvancedEventSelectors })) as Json;
    return stateOf('cloudtrail', name, { on: status.IsLogging ?? false, selectors });
  },

  async set(clients, place, Name, setting, to) {
    const { client, sdk } = await cloudTrailOf(clients, place);
    if (setting === 'on' && to === true) await client.send(new sdk.StartLoggingCommand({ Name }));
    else if (setting === 'on') await client.send(new sdk.StopLoggingCommand({ Name }));
    else if (setting === 'selectors') await putSelectors(clients, place, Name, to);
    else throw new TerminalError(`a trail has no setting ${setting}`);
  },

  async *list(clients, place) {
    const { client, sdk } = await cloudTrailOf(clients, place);
    const said = await client.send(new sdk.DescribeTrailsCommand({ includeShadowTrails: false }));
    // A trail of the organization is its management account's to change.
    const own = (said.trailList ?? []).filter((one) => one.TrailARN?.split(':')[4] === place.account);
    yield own.flatMap((one) => one.TrailARN ?? []);
  },

  hints: {
    /** A trail's name or ARN. */
    trail: async (_, place, name) => [
      name.startsWith('arn:') ? name : arnOf('cloudtrail', place, `trail/${name}`),
    ],
  },
};

async function putSelectors(clients: Clients, place: Place, TrailName: string, to: Json) {
  const { client, sdk } = await cloudTrailOf(clients, place);
  // Either what CloudTrail said itself or what a control wrote in the same form. It takes one form only.
  const { EventSelectors = [], AdvancedEventSelectors = [] } = to as unknown as {
    EventSelectors?: EventSelector[];
    AdvancedEventSelectors?: AdvancedEventSelector[];
  };
  const selectors = AdvancedEventSelectors.length > 0 ? { AdvancedEventSelectors } : { EventSelectors };
  await client.send(new sdk.PutEventSelectorsCommand({ TrailName, ...selectors }));
}
