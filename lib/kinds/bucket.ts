import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';
import { describeStatementChange, type PolicyStatement } from './statement.ts';

/** The four switches; null where the bucket or the account has no configuration at all. */
export type PublicAccessBlock = {
  blockPublicAcls: boolean | null;
  ignorePublicAcls: boolean | null;
  blockPublicPolicy: boolean | null;
  restrictPublicBuckets: boolean | null;
};

export const blockSwitches = [
  'blockPublicAcls',
  'ignorePublicAcls',
  'blockPublicPolicy',
  'restrictPublicBuckets',
] as const;

/** `grantee` is the provider's own JSON, so that a grant comes back as it was. `id` is `AllUsers/READ`. */
export type BucketGrant = { id: string; grantee: Json; permission: string };

/** A statement of an access point's policy; `id` begins with the access point. */
export type AccessPointStatement = PolicyStatement & { accessPoint: string };

/** A bucket of objects. */
export interface BucketState {
  kind: 'bucket';
  name: string;
  tags: { [key: string]: string };
  /** The account that owns it. */
  owner: string;
  website: boolean;
  /** CloudFront distributions that fetch from it. */
  origins: string[];
  grants: BucketGrant[];
  statements: PolicyStatement[];
  accessPointStatements: AccessPointStatement[];
  /** The bucket's own block and its default encryption (the provider's JSON; null for none). */
  /** `linkKeys`: where keys stand that make links to objects (`container`, `account`); never the keys. */
  settings: PublicAccessBlock & { encryption: Json; linkKeys?: string[] };
  /** What the account blocks for all its buckets. */
  accountBlock: PublicAccessBlock;
  /** What this cloud's buckets do not have at all, so that its absence is no finding. */
  lacks?: readonly ('block' | 'encryption')[];
}

export function describeBucketChange(change: Change): string {
  if (change.op === 'set') return describeSetting(change);
  if (change.part !== 'grants') return describeStatementChange(change);
  return `${change.op === 'remove' ? 'remove' : 'restore'} grant ${change.value.id}`;
}
