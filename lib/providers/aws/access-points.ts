import type { AccessPoint } from '@aws-sdk/client-s3-control';
import { TerminalError } from '../../errors.ts';
import { elementsOf } from '../../iam/document.ts';
import type { AccessPointStatement } from '../../kinds/bucket.ts';
import type { Clients, Place } from './clients.ts';
import { allPages } from './ec2.ts';
import { isAws } from './errors.ts';
import { s3ControlOf } from './services.ts';

/** Every access point of the account in a region, with the bucket that it stands in front of. */
export async function accessPointsOf(clients: Clients, place: Place): Promise<AccessPoint[]> {
  const { client, sdk } = await s3ControlOf(clients, place);
  return allPages(async (NextToken) => {
    const command = new sdk.ListAccessPointsCommand({
      AccountId: place.account,
      MaxResults: 1000,
      NextToken,
    });
    const page = await client.send(command);
    return { items: page.AccessPointList, next: page.NextToken };
  });
}

/** The statements of these access points. */
export async function readAccessPointStatements(
  clients: Clients,
  place: Place,
  points: readonly AccessPoint[],
): Promise<AccessPointStatement[]> {
  const statements = await Promise.all(
    // One that is reachable from its VPC only is public to nobody.
    points
      .filter((point) => point.NetworkOrigin !== 'VPC')
      .map(async ({ Name = '' }) => {
        const text = await readPolicy(clients, place, Name);
        const elements = text === null ? [] : elementsOf(text);
        if (elements === null) throw new TerminalError(`the policy of access point ${Name} cannot be read`);
        return elements.map((one) => ({ ...one, id: `${Name}/${one.id}`, accessPoint: Name }));
      }),
  );
  return statements.flat();
}

async function readPolicy(clients: Clients, place: Place, Name: string): Promise<string | null> {
  const { client, sdk } = await s3ControlOf(clients, place);
  try {
    const said = await client.send(new sdk.GetAccessPointPolicyCommand({ AccountId: place.account, Name }));
    return said.Policy || null;
  } catch (error) {
    if (isAws(error, 'NoSuchAccessPointPolicy', 'NoSuchAccessPoint')) return null;
    throw error;
  }
}

/** `edit` sees the statement's own id, without the access point in front. */
export async function writeAccessPointPolicy(
  clients: Clients,
  place: Place,
  { accessPoint: Name }: AccessPointStatement,
  edit: (text: string | null) => string | null,
): Promise<void> {
  const { client, sdk } = await s3ControlOf(clients, place);
  const of = { AccountId: place.account, Name };
  const before = await readPolicy(clients, place, Name);
  const after = edit(before);
  if (after === before) return;
  if (after === null) await client.send(new sdk.DeleteAccessPointPolicyCommand(of));
  else await client.send(new sdk.PutAccessPointPolicyCommand({ ...of, Policy: after }));
}

/** The bucket that an access point stands in front of. */
export async function bucketBehind(clients: Clients, place: Place, Name: string): Promise<string[]> {
  const { client, sdk } = await s3ControlOf(clients, place);
  try {
    const { Bucket } = await client.send(new sdk.GetAccessPointCommand({ AccountId: place.account, Name }));
    return Bucket ? [Bucket] : [];
  } catch (error) {
    if (isAws(error, 'NoSuchAccessPoint')) return [];
    throw error;
  }
}
