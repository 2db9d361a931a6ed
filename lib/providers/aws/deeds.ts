import * as z from 'zod';
import { parsed } from '../../events/json.ts';
import type { Deed, Deeds } from '../../leaks/deeds.ts';
import type { Clients, Place } from './clients.ts';
import { ec2Of } from './ec2.ts';
import { awsError } from './errors.ts';
import { trailLookupOf } from './services.ts';

/** What a key did, from CloudTrail's event history: 90 days, management events, region by region. */

/** The calls of this file. */
export const calls = ['cloudtrail:LookupEvents', 'ec2:DescribeRegions'];

const days = 90;
/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html: two calls a second. */
const pauseMs = 600;
const pagesMax = 10;
const allMs = 15_000;

/** IAM and STS are recorded here. */
const globalRegion = 'us-east-1';

const Details = z.object({
  errorCode: z.string().optional(),
  sourceIPAddress: z.string().optional(),
});

/** All regions at once, each page by page, until nothing is left, or enough is known, or the time is over. */
export async function deedsOf(clients: Clients, place: Place, key: string): Promise<Deeds> {
  const deadline = AbortSignal.timeout(allMs);
  const unasked: { region: string; why: string }[] = [];
  let isCut = false;
  const regions = await regionsOf(clients, place).catch((error: unknown) => {
    unasked.push({ region: 'the list of regions', why: awsError(error).message });
    return [globalRegion];
  });
  const found = await Promise.all(
    regions.map(async (region) => {
      const deeds: Deed[] = [];
      try {
        const isWhole = await readInto(deeds, clients, { ...place, region }, key, deadline);
        isCut ||= !isWhole;
      } catch (error) {
        unasked.push({ region, why: deadline.aborted ? 'too little time' : awsError(error).message });
      }
      return deeds;
    }),
  );
  return { deeds: found.flat(), days, unasked, isCut };
}

/** Those that the account has turned on: whoever steals a key goes where nobody looks. */
export async function regionsOf(clients: Clients, place: Place): Promise<string[]> {
  const { client, sdk } = await ec2Of(clients, { ...place, region: globalRegion });
  const { Regions = [] } = await client.send(new sdk.DescribeRegionsCommand({}));
  const names = Regions.flatMap((one) => one.RegionName ?? []);
  return [globalRegion, ...names.filter((name) => name !== globalRegion)];
}

/** False where there is more than was read. */
async function readInto(
  deeds: Deed[],
  clients: Clients,
  place: Place,
  key: string,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const { client, sdk } = await trailLookupOf(clients, place);
  let NextToken: string | undefined;
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const page = await client.send(
      new sdk.LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'AccessKeyId', AttributeValue: key }],
        MaxResults: 50,
        NextToken,
      }),
      { abortSignal },
    );
    deeds.push(...(page.Events ?? []).map((event) => deedOf(event, place.region)));
    NextToken = page.NextToken;
    if (!NextToken) return true;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return false;
}

interface Event {
  EventName?: string | undefined;
  EventSource?: string | undefined;
  EventTime?: Date | undefined;
  ReadOnly?: string | undefined;
  Resources?: { ResourceType?: string | undefined; ResourceName?: string | undefined }[] | undefined;
  CloudTrailEvent?: string | undefined;
}

function deedOf(event: Event, region: string): Deed {
  const { data } = Details.safeParse(parsed(event.CloudTrailEvent));
  const service = event.EventSource?.split('.')[0] ?? 'unknown';
  return {
    at: event.EventTime?.toISOString() ?? 'an unknown time',
    call: `${service} ${event.EventName ?? 'unknown'}`,
    address: data?.sourceIPAddress ?? 'an unknown address',
    region,
    refused: data?.errorCode !== undefined,
    isRead: event.ReadOnly === 'true',
    resources: (event.Resources ?? []).map((one) =>
      `${one.ResourceType ?? ''} ${one.ResourceName ?? ''}`.trim(),
    ),
  };
}
