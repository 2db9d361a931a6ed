import * as z from 'zod';
import type { BucketState } from '../kinds/bucket.ts';
import type { Exposure, Finding } from '../model.ts';
import { worst } from '../model.ts';
import { control, type Settings } from './control.ts';
import { grantExposures, policyExposures } from './doors.ts';
import { removals, sentenceOf } from './public-statements.ts';

function check(state: BucketState, settings: Settings): Finding | null {
  const found = exposuresOf(state, settings);
  if (found.length === 0) return null;
  const served = servedBy(state);
  const exposures = found.map((one): Exposure => (served && !one.ask ? { ...one, ask: served } : one));
  const why = `Bucket ${state.name} is open: ${sentenceOf(exposures)}.`;
  return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
}

/** Why closing may take down something that is meant to be read. */
function servedBy({ website, origins }: BucketState): string | null {
  if (website) return 'the bucket is a website';
  return origins.length > 0 ? `CloudFront serves the bucket (${origins.join(', ')})` : null;
}

/** What neither a switch of the bucket nor one of the account takes the effect of. */
function exposuresOf(state: BucketState, settings: Settings): Exposure[] {
  const { grants, accessPointStatements, owner, accountBlock } = state;
  const ignored = state.settings.ignorePublicAcls || accountBlock.ignorePublicAcls;
  // With this switch a public policy lets in only the owner's account and AWS services.
  const restricted = state.settings.restrictPublicBuckets || accountBlock.restrictPublicBuckets;
  const points = Map.groupBy(accessPointStatements, (one) => one.accessPoint);
  return [
    ...(ignored ? [] : grantExposures(grants)),
    ...(restricted ? [] : policyExposures(state, settings)),
    ...(restricted ? [] : [...points.values()]).flatMap((statements) =>
      policyExposures({ owner, statements }, settings, 'accessPointStatements'),
    ),
  ];
}

const envelope = { Version: '2012-10-17', Statement: [] };
const statement = (Sid: string, Principal: string | { AWS: string }) => ({
  id: Sid,
  envelope,
  statement: {
    Sid,
    Effect: 'Allow',
    Principal,
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::shop-data/*',
  },
});
const off = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};
export const privateBucket: BucketState = {
  kind: 'bucket',
  name: 'shop-data',
  tags: {},
  owner: '123456789012',
  website: false,
  origins: [],
  grants: [
    { id: 'f00d/FULL_CONTROL', grantee: { ID: 'f00d', Type: 'CanonicalUser' }, permission: 'FULL_CONTROL' },
  ],
  statements: [statement('Partner', { AWS: 'arn:aws:iam::111122223333:root' })],
  accessPointStatements: [],
  settings: {
    ...off,
    encryption: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
  },
  accountBlock: off,
};
const uri = 'http://acs.amazonaws.com/groups/global/AllUsers';

export const publicBucket = control({
  name: 'public-bucket',
  kind: 'bucket',
  title: 'A bucket, or an access point in front of it, lets everybody in',
  remedy: 'removes the public grants and the public policy statements, and nothing else',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check,
  fix: (state, exposures) => [
    ...removals('statements', state.statements, exposures),
    ...removals('accessPointStatements', state.accessPointStatements, exposures),
    ...removals('grants', state.grants, exposures),
  ],
  examples: {
    bad: {
      ...privateBucket,
      grants: [
        ...privateBucket.grants,
        { id: 'AllUsers/READ', grantee: { Type: 'Group', URI: uri }, permission: 'READ' },
      ],
      statements: [
        statement('PublicRead', '*'),
        ...privateBucket.statements,
        statement('PublicToo', { AWS: '*' }),
      ],
      accessPointStatements: [{ ...statement('Open', '*'), id: 'files/Open', accessPoint: 'files' }],
    },
    good: privateBucket,
  },
});
