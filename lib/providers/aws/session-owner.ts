import * as z from 'zod';
import { parsed } from '../../events/json.ts';
import type { Clients, Place } from './clients.ts';
import { regionsOf } from './deeds.ts';
import { trailLookupOf } from './services.ts';

/**
 * Whose session a temporary key belongs to: STS does not tell, the trail of what it did does.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
const Record = z.object({
  userIdentity: z.object({
    type: z.string(),
    arn: z.string().optional(),
    sessionContext: z.object({ sessionIssuer: z.object({ arn: z.string() }).optional() }).optional(),
  }),
});

/** The ARN of the role or user; null where nothing is known of the key. */
export async function ownerOfSession(clients: Clients, place: Place, key: string): Promise<string | null> {
  for (const region of await regionsOf(clients, place)) {
    const { client, sdk } = await trailLookupOf(clients, { ...place, region });
    const page = await client.send(
      new sdk.LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'AccessKeyId', AttributeValue: key }],
        MaxResults: 10,
      }),
    );
    for (const { CloudTrailEvent } of page.Events ?? []) {
      const { data } = Record.safeParse(parsed(CloudTrailEvent));
      const { type, arn, sessionContext } = data?.userIdentity ?? {};
      const found = sessionContext?.sessionIssuer?.arn ?? (type === 'IAMUser' ? arn : undefined);
      if (found && /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\//.test(found)) return found;
    }
  }
  return null;
}
