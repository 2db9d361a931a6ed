import type { LiveBucket } from '../kinds/account.ts';
import type { blockSwitches } from '../kinds/bucket.ts';
import type { Settings } from './control.ts';
import { policyExposures } from './doors.ts';

export type Switch = (typeof blockSwitches)[number];

/** What somebody may be using now and a block of public access would stop, by switch; of one bucket or of many. */
export function cutsOf(buckets: readonly LiveBucket[], settings: Settings): { [name in Switch]?: string } {
  const withPolicy = buckets.filter((one) => hasPublicPolicy(one, settings));
  const withList = buckets.filter(({ grants }) =>
    grants.some((id) => /^(All|Authenticated)Users\//.test(id)),
  );
  const withLogs = buckets.filter(({ grants }) => grants.some((id) => id.startsWith('LogDelivery/')));
  const list =
    sentence('it would cut a public access list that is live', withList) ??
    sentence('it would touch the access list that logs are delivered by', withLogs);
  const policy = sentence('it would cut a public policy that is live', withPolicy);
  return {
    ...(list && { blockPublicAcls: list, ignorePublicAcls: list }),
    ...(policy && { blockPublicPolicy: policy, restrictPublicBuckets: policy }),
  };
}

function hasPublicPolicy(bucket: LiveBucket, settings: Settings): boolean {
  const { owner, statements, accessPointStatements } = bucket;
  const points = Map.groupBy(accessPointStatements, (one) => one.accessPoint);
  return [statements, ...points.values()].some(
    (some) => policyExposures({ owner, statements: some }, settings).length > 0,
  );
}

function sentence(what: string, buckets: readonly LiveBucket[]): string | null {
  if (buckets.length === 0) return null;
  const names = buckets.slice(0, 3).map((one) => one.name);
  const more = buckets.length > 3 ? ` and ${buckets.length - 3} more` : '';
  return `${what} (${names.join(', ')}${more})`;
}
