import type { DistributionSummary } from '@aws-sdk/client-cloudfront';
import { isRecord } from '../../iam/statement.ts';
import type { BucketGrant } from '../../kinds/bucket.ts';
import type { PolicyStatement } from '../../kinds/statement.ts';
import type { Json } from '../../model.ts';
import type { Clients, Place } from './clients.ts';
import { isAws } from './errors.ts';
import { s3Of } from './services.ts';

/**
 * Whether a bucket is a website, and which CloudFront distributions fetch from it; asked for only where everybody
 * may be let in.
 */
export async function servedBy(
  clients: Clients,
  place: Place,
  bucketName: string,
  { grants, statements }: { grants: readonly BucketGrant[]; statements: readonly PolicyStatement[] },
  distributions: () => Promise<DistributionSummary[]>,
): Promise<{ website: boolean; origins: string[] }> {
  const open =
    grants.some((one) => /^(AllUsers|AuthenticatedUsers)\//.test(one.id)) ||
    statements.some((one) => namesEveryone(one.statement));
  if (!open) return { website: false, origins: [] };
  const [website, all] = await Promise.all([isWebsite(clients, place, bucketName), distributions()]);
  return { website, origins: originsOf(bucketName, all) };
}

async function isWebsite(clients: Clients, place: Place, Bucket: string): Promise<boolean> {
  const { client, sdk } = await s3Of(clients, place);
  try {
    await client.send(new sdk.GetBucketWebsiteCommand({ Bucket, ExpectedBucketOwner: place.account }));
    return true;
  } catch (error) {
    if (isAws(error, 'NoSuchWebsiteConfiguration')) return false;
    throw error;
  }
}

function originsOf(bucketName: string, distributions: readonly DistributionSummary[]): string[] {
  const host = `${bucketName}.s3`;
  return distributions
    .filter((one) => one.Origins?.Items?.some(({ DomainName = '' }) => isOrigin(DomainName, host)))
    .flatMap((one) => one.Id ?? []);
}

/** `name.s3.amazonaws.com`, `name.s3.eu-central-1.amazonaws.com`, `name.s3-website-…`. */
function isOrigin(domain: string, host: string): boolean {
  return domain.startsWith(`${host}.`) || domain.startsWith(`${host}-`);
}

function namesEveryone(statement: Json): boolean {
  if (!isRecord(statement) || statement.Effect !== 'Allow') return false;
  return statement.NotPrincipal !== undefined || JSON.stringify(statement.Principal ?? '').includes('"*"');
}
