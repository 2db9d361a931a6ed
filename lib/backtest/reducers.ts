import { bucketReducers } from './bucket.ts';
import type { Reducer } from './deed.ts';
import { firewallReducers } from './firewall.ts';
import { identityReducers } from './identities.ts';
import { networkAclReducers } from './network-acl.ts';
import {
  functionReducers,
  keyReducers,
  queueReducers,
  repositoryReducers,
  secretReducers,
  topicReducers,
} from './policies.ts';
import { databaseReducers, regionReducers, trailReducers } from './settings.ts';
import { databaseSnapshotReducers, documentReducers, imageReducers } from './sharing.ts';

/** Every call that is replayed, by its service. */
const services: { [service: string]: { [name: string]: Reducer } } = {
  ec2: { ...firewallReducers, ...networkAclReducers, ...imageReducers, ...regionReducers },
  s3: bucketReducers,
  rds: { ...databaseReducers, ...databaseSnapshotReducers },
  ssm: documentReducers,
  sqs: queueReducers,
  sns: topicReducers,
  kms: keyReducers,
  ecr: repositoryReducers,
  secretsmanager: secretReducers,
  lambda: functionReducers,
  cloudtrail: trailReducers,
  iam: identityReducers,
};

/** By `source/name`, the version of the API left off. */
export const reducers: ReadonlyMap<string, Reducer> = new Map(
  Object.entries(services).flatMap(([service, of]) =>
    Object.entries(of).map(([name, reducer]) => [`${service}.amazonaws.com/${name}`, reducer] as const),
  ),
);

/** Names of all calls that change something guarded. */
export const names: ReadonlySet<string> = new Set([...reducers.keys()].map((key) => key.split('/')[1] ?? ''));
