import { bucketReducers } from './bucket.ts';
import { clusterReducers } from './clusters.ts';
import { credentialReducers } from './credentials.ts';
import type { Reducer } from './deed.ts';
import { firewallReducers } from './firewall.ts';
import { identityReducers, signInReducers } from './identities.ts';
import { distributionReducers, listenerReducers } from './listeners.ts';
import { machineReducers } from './machines.ts';
import { networkAclReducers } from './network-acl.ts';
import {
  functionReducers,
  keyReducers,
  layerReducers,
  queueReducers,
  repositoryReducers,
  secretReducers,
  topicReducers,
} from './policies.ts';
import {
  configurationReducers,
  detectorReducers,
  flowLogReducers,
  ruleReducers,
  trailReducers,
} from './recorders.ts';
import { regionReducers } from './settings.ts';
import {
  databaseSnapshotReducers,
  documentReducers,
  imageReducers,
  warehouseSnapshotReducers,
} from './sharing.ts';
import {
  archiveReducers,
  busReducers,
  domainReducers,
  fileSystemReducers,
  vaultReducers,
} from './store-policies.ts';
import {
  brokerReducers,
  databaseReducers,
  fileReducers,
  replicatorReducers,
  warehouseReducers,
} from './stores.ts';

/** Every call that is replayed, by its service. */
const services: { [service: string]: { [name: string]: Reducer } } = {
  ec2: {
    ...firewallReducers,
    ...networkAclReducers,
    ...imageReducers,
    ...regionReducers,
    ...machineReducers,
    ...flowLogReducers,
  },
  s3: bucketReducers,
  rds: { ...databaseReducers, ...databaseSnapshotReducers },
  redshift: { ...warehouseReducers, ...warehouseSnapshotReducers },
  dms: replicatorReducers,
  kafka: brokerReducers,
  elasticfilesystem: { ...fileReducers, ...fileSystemReducers },
  es: domainReducers,
  events: { ...busReducers, ...ruleReducers },
  backup: vaultReducers,
  glacier: archiveReducers,
  ssm: documentReducers,
  sqs: queueReducers,
  sns: topicReducers,
  kms: keyReducers,
  ecr: repositoryReducers,
  secretsmanager: secretReducers,
  lambda: { ...functionReducers, ...layerReducers },
  eks: clusterReducers,
  elasticloadbalancing: listenerReducers,
  cloudfront: distributionReducers,
  cloudtrail: trailReducers,
  config: configurationReducers,
  guardduty: detectorReducers,
  iam: { ...identityReducers, ...credentialReducers },
  signin: signInReducers,
};

/** By `source/name`, the version of the API left off. */
export const reducers: ReadonlyMap<string, Reducer> = new Map(
  Object.entries(services).flatMap(([service, of]) =>
    Object.entries(of).map(([name, reducer]) => [`${service}.amazonaws.com/${name}`, reducer] as const),
  ),
);

/** The letters that the names of all calls begin with which change something guarded. */
export const names: ReadonlySet<string> = new Set(
  [...reducers.keys()].map((key) => /^[A-Za-z]*/.exec(key.split('/')[1] ?? '')?.[0] ?? ''),
);
