import type { AdvancedEventSelector, EventSelector, Trail } from '@aws-sdk/client-cloudtrail';
import { TerminalError } from '../../../errors.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { cloudTrailOf } from '../services.ts';
import { trailBefore } from './from-config.ts';
import { logBucketOf } from './log-bucket.ts';
import { type Recorder, shapeOf, stateOf } from './recorder.ts';
import { makeTrail, trailShape } from './trail-shape.ts';

const absent = (error: unknown) => isAws(error, 'TrailNotFoundException');

/** CloudTrail trails; the id is the ARN. */
export const trails: Recorder = {
  service: 'cloudtrail',
  calls: {
    read: [
      'cloudtrail:GetTrail',
      'cloudtrail:GetTrailStatus',
      'cloudtrail:GetEventSelectors',
      'cloudtrail:GetInsightSelectors',
      'cloudtrail:ListTags',
      'cloudtrail:DescribeTrails',
    ],
    write: [
      'cloudtrail:StartLogging',
      'cloudtrail:StopLogging',
      'cloudtrail:PutEventSelectors',
      'cloudtrail:PutInsightSelectors',
      'cloudtrail:CreateTrail',
      'cloudtrail:AddTags',
      'cloudtrail:DeleteTrail',
      'iam:PassRole',
    ],
  },
  owns: (id) => /^arn:[^:]+:cloudtrail:/.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await cloudTrailOf(clients, place);
    const name = nameIn(arn, 'trail/');
    const [said, status] = await Promise.all([
      trailOf(clients, place, arn),
      orNull(client.send(new sdk.GetTrailStatusCommand({ Name: arn })), absent),
    ]);
    if (said === null || status === null) return stateOf('cloudtrail', name, null);
    const [kept, log] = await Promise.all([
      orNull(client.send(new sdk.GetEventSelectorsCommand({ TrailName: arn })), absent),
      logBucketOf(clients, place, said.S3BucketName),
    ]);
    const { EventSelectors = [], AdvancedEventSelectors = [] } = kept ?? {};
    const selectors = shapeOf({ EventSelectors, AdvancedEventSelectors });
    const shape = await trailShape(clients, place, said, selectors);
    return { ...stateOf('cloudtrail', name, { on: status.IsLogging ?? false, selectors, shape }), ...log };
  },

  async set(clients, place, Name, setting, to) {
    const { client, sdk } = await cloudTrailOf(clients, place);
    if (setting === 'on' && to === true) await client.send(new sdk.StartLoggingCommand({ Name }));
    else if (setting === 'on') await client.send(new sdk.StopLoggingCommand({ Name }));
    else if (setting === 'selectors') await putSelectors(clients, place, Name, to);
    else if (setting === 'shape' && to === null)
      await orNull(client.send(new sdk.DeleteTrailCommand({ Name: nameIn(Name, 'trail/') })), absent);
    else if (setting === 'shape') await makeTrail(clients, place, to);
    else throw new TerminalError(`a trail has no setting ${setting}`);
  },

  async bucketOf(clients, place, arn) {
    return (await trailOf(clients, place, arn))?.S3BucketName ?? null;
  },

  shapeBefore: (before, arn) => trailBefore(before, nameIn(arn, 'trail/')),

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

async function trailOf(clients: Clients, place: Place, Name: string): Promise<Trail | null> {
  const { client, sdk } = await cloudTrailOf(clients, place);
  return (await orNull(client.send(new sdk.GetTrailCommand({ Name })), absent))?.Trail ?? null;
}

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
