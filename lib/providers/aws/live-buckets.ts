import type { LiveBucket } from '../../kinds/account.ts';
import { bucket, regionOf } from './bucket.ts';
import type { Clients, Place } from './clients.ts';
import { allPages } from './ec2.ts';
import { awsError, isAws } from './errors.ts';
import { s3Of } from './services.ts';

/** Above so many buckets nobody waits for the answer: it is not known, and a person is asked. */
const bucketsMost = 2000;

const named = /^(AllUsers|AuthenticatedUsers|LogDelivery)\//;

/**
 * The buckets of the account whose access list names everybody or the log delivery, or that have a policy, with
 * their access points: whom a block of the whole account might cut off. Null where that could not be told.
 */
export async function liveBuckets(clients: Clients, place: Place): Promise<LiveBucket[] | null> {
  const byRegion = await bucketNames(clients, place);
  const names = [...byRegion.values()].flat();
  if (names.length > bucketsMost || byRegion.has('')) return null;
  const live: LiveBucket[] = [];
  for (const [region, some] of byRegion) {
    const readings = await bucket.read(clients, { ...place, region }, some);
    for (const [name, reading] of readings) {
      if (reading.status === 'error') {
        // A bucket may keep even its own account from looking.
        if (isAws(reading.error.cause, 'AccessDenied', 'Forbidden', '403')) return null;
        throw awsError(reading.error);
      }
      if (reading.status !== 'found' || reading.state.kind !== 'bucket') continue;
      const { owner, statements, accessPointStatements } = reading.state;
      const grants = reading.state.grants.map((one) => one.id).filter((id) => named.test(id));
      if (grants.length + statements.length + accessPointStatements.length === 0) continue;
      live.push({ name, owner, grants, statements, accessPointStatements });
    }
  }
  return live;
}

async function bucketNames(clients: Clients, place: Place): Promise<Map<string, string[]>> {
  const { client, sdk } = await s3Of(clients, place);
  const found = await allPages(async (ContinuationToken) => {
    const page = await client.send(new sdk.ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken }));
    return { items: page.Buckets, next: page.ContinuationToken };
  });
  const byRegion = new Map<string, string[]>();
  for (const { Name = '', BucketRegion } of found) {
    const region = BucketRegion ?? (await regionOf(clients, place, Name)) ?? '';
    byRegion.set(region, [...(byRegion.get(region) ?? []), Name]);
  }
  return byRegion;
}
