import type { Attachment } from '../../../kinds/user.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { iamOf } from '../services.ts';

/** What users, roles and groups have in common: the policies that say what they may do. */

export const noEntity = (error: unknown) => isAws(error, 'NoSuchEntityException', 'NoSuchEntity');

/** IAM writes documents URL-encoded. */
export function plain(document: string | undefined): string {
  // A document begins with a brace, so one that is not encoded is recognised.
  return document?.startsWith('%') ? decodeURIComponent(document) : (document ?? '');
}

export function nobody(
  place: Place,
  name: string,
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
) {
  return {
    kind: 'user' as const,
    name,
    tags: Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    owner: place.account,
    managed: false,
    consolePassword: false,
    mfaDevices: 0,
    groups: [],
    trust: [],
  };
}

/** Of AWS's own policies the name says enough; of the account's own the document is read. */
export async function attachmentsOf(
  clients: Clients,
  place: Place,
  arns: readonly string[],
): Promise<Attachment[]> {
  return Promise.all(
    arns.map(async (arn) => {
      const own = arn.split(':')[4] === place.account;
      return own ? { id: arn, ...(await documentOf(clients, place, arn)) } : { id: arn, document: null };
    }),
  );
}

async function documentOf(clients: Clients, place: Place, PolicyArn: string) {
  const { client, sdk } = await iamOf(clients, place);
  const about = await orNull(client.send(new sdk.GetPolicyCommand({ PolicyArn })), noEntity);
  const VersionId = about?.Policy?.DefaultVersionId;
  if (!VersionId) return { document: null };
  const said = await orNull(client.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId })), noEntity);
  if (!said?.PolicyVersion?.Document) return { document: null };
  return { document: plain(said.PolicyVersion.Document), ...since(said.PolicyVersion.CreateDate) };
}

/** A moment, where AWS says one. */
export function since(date: Date | undefined): { changedAt?: string } {
  return date ? { changedAt: date.toISOString() } : {};
}
