import type { Hint } from '../model.ts';
import { hintsOfArn, type Named, type Origin, placed } from './arn.ts';
import { fromPointed, originOf } from './finding.ts';
import { collect, elements, field, isFields, text } from './json.ts';
import { healthCode, leaking, leakOfHealth } from './leaked.ts';
import { type Normalised, timeOf } from './normalised.ts';

/** What AWS services say on the bus about their own resources: by `detail-type`, where the resources stand. */
type Reader = (detail: unknown, envelope: unknown) => (string | Named)[];

const arnsAt =
  (...paths: string[]): Reader =>
  (detail, envelope) => [
    ...paths.flatMap((path) => collect(detail, path)),
    ...elements(field(envelope, 'resources')).filter((one): one is string => typeof one === 'string'),
  ];
const named =
  (kind: string, ...paths: string[]): Reader =>
  (detail) =>
    paths.flatMap((path) => collect(detail, path)).map((id) => ({ kind, id }));

/**
 * EBS writes `arn:aws:ec2::us-west-2:snapshot/snap-01234567`, with the region in the place of the account.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html
 */
const snapshots: Reader = (detail) =>
  ['snapshot_id', 'source']
    .flatMap((path) => collect(detail, path))
    .flatMap((arn) => /\/(snap-\w+)$/.exec(arn)?.[1] ?? [])
    .map((id) => ({ kind: 'sharing', id }));

/** An exposed key is the one thing that AWS Health says of credentials; in its two shapes. */
const health: Reader = (detail) => {
  if (text(detail, 'eventTypeCode') !== healthCode) return [];
  const keys = [
    ...collect(detail, 'affectedEntities.entityValue'),
    ...collect(detail, 'eventMetadata.publicKey'),
  ];
  return [...new Set(keys)].map((id) => ({ kind: 'credential', id }));
};

const readers: { [detailType: string]: Reader } = {
  'Access Analyzer Finding': (detail) => collect(detail, 'resource'),
  'External Access Finding': (detail) => collect(detail, 'resource'),
  'AWS Health Event': health,
  'AWS Health Abuse Event': health,
  'Macie Finding': (detail) => [
    ...named('bucket', 'resourcesAffected.s3Bucket.name')(detail, null),
    ...collect(detail, 'resourcesAffected.s3Bucket.arn'),
  ],
  'EBS Snapshot Notification': snapshots,
  'EBS Multi-Volume Snapshots Completion Status': (detail) =>
    snapshots({ source: collect(detail, 'snapshots.snapshot_id') }, null),
  'RDS DB Instance Event': arnsAt('SourceArn'),
  'RDS DB Snapshot Event': arnsAt('SourceArn'),
  'RDS DB Cluster Snapshot Event': arnsAt('SourceArn'),
  'Object ACL Updated': named('bucket', 'bucket.name'),
  'EC2 Instance State-change Notification': named('instance', 'instance-id'),
  'EC2 Instance Launch Successful': named('instance', 'EC2InstanceId'),
  'EKS Cluster State Change': named('cluster', 'clusterName'),
  'Trusted Advisor Check Item Refresh Notification': (detail) => [
    ...collect(detail, 'resource_id'),
    ...named('firewall', 'check-item-detail.Security Group ID')(detail, null).map(firstWord),
    ...named('bucket', 'check-item-detail.Bucket Name')(detail, null),
  ],
};

/** `sg-1234 (vpc-5678)` */
function firstWord(one: string | Named): string | Named {
  return typeof one === 'string' ? one : { ...one, id: one.id.split(' ')[0] ?? '' };
}

export function isNotice(detailType: string): boolean {
  return Object.hasOwn(readers, detailType);
}

export const noticeNames: readonly string[] = Object.keys(readers);

export function fromNotice(detailType: string, detail: unknown, envelope: unknown): Normalised {
  const origin = originOf(detail, envelope);
  const found = readers[detailType]?.(detail, envelope) ?? [];
  const isHealth = readers[detailType] === health;
  const hints = found
    .flatMap((one) => hintsFor(one, origin))
    .map((hint) => leaking(hint, isHealth ? leakOfHealth(hint.id) : null));
  const times = ['analyzedAt', 'updatedAt'].map((name) => (isFields(detail) ? field(detail, name) : null));
  return fromPointed(envelope, envelope, origin, {
    hints,
    unusable: found.filter((one) => typeof one !== 'string' && origin.account === null).length,
    at: timeOf(...times, field(envelope, 'time')),
    name: detailType,
  });
}

function hintsFor(one: string | Named, origin: Origin): Hint[] {
  return typeof one === 'string' ? hintsOfArn(one, origin) : placed(one, origin);
}
