import { noLogBucket, type TrailState } from '../../../kinds/trail.ts';
import { bucket } from '../bucket.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws } from '../errors.ts';

/** Who gets at the records: the bucket as its own kind reads it, as far as it is this account's. */
export async function logBucketOf(
  clients: Clients,
  place: Place,
  name: string | undefined,
): Promise<Pick<TrailState, 'bucket' | 'grants' | 'statements'>> {
  if (!name) return noLogBucket;
  const reading = (await bucket.read(clients, place, [name])).get(name);
  if (reading?.status === 'error') {
    // Records of many accounts go to one account, which guards its bucket itself.
    if (isAws(reading.error.cause, 'AccessDenied', 'Forbidden', '403')) return noLogBucket;
    throw reading.error;
  }
  if (reading?.status !== 'found' || reading.state.kind !== 'bucket') return noLogBucket;
  const { owner, grants, statements, settings, accountBlock } = reading.state;
  const ignoresGrants = settings.ignorePublicAcls === true || accountBlock.ignorePublicAcls === true;
  const ignoresStatements =
    settings.restrictPublicBuckets === true || accountBlock.restrictPublicBuckets === true;
  return { bucket: { name, owner, ignoresGrants, ignoresStatements }, grants, statements };
}
