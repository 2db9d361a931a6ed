import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rows } from '../../lib/events/cloudtrail-table.ts';
import type { Json } from '../../lib/model.ts';
import { normalise, normaliseAll } from '../../lib/normalise.ts';
import { exposureSamples } from './exposure-samples.ts';

const read = (name: string): Json =>
  JSON.parse(readFileSync(new URL(`../../events/aws/${name}.json`, import.meta.url), 'utf8'));

describe('the recorded event', () => {
  test.each(Object.entries(exposureSamples))('%s', (name, [kind, id, via]) => {
    const [event] = normaliseAll(read(name));

    expect(event?.hints).toMatchObject([{ provider: 'aws', account: '123456789012', kind, id }]);
    expect(event?.ignored).toBeNull();
    expect(event?.actor?.via).toBe(via);
  });
});

/** `requestParameters` and `responseElements` of events that the samples do not hold. */
const touched: [event: string, request: Json, response: Json, hints: [kind: string, id: string][]][] = [
  ['s3/PutPublicAccessBlock', { bucketName: 'shop' }, null, [['bucket', 'shop']]],
  ['s3/DeletePublicAccessBlock', {}, null, [['account-worldwide', 'account']]],
  ['s3/PutAccessPointPolicy', { name: 'files' }, null, [['access-point', 'files']]],
  [
    'sns/SetTopicAttributes',
    { topicArn: 'arn:aws:sns:eu-central-1:1:t' },
    null,
    [['topic', 'arn:aws:sns:eu-central-1:1:t']],
  ],
  ['kms/PutKeyPolicy', { keyId: 'alias/x' }, null, [['key', 'alias/x']]],
  ['kms/CreateKey', {}, { keyMetadata: { arn: 'arn:k' } }, [['key', 'arn:k']]],
  ['ecr/SetRepositoryPolicy', { repositoryName: 'team/app' }, null, [['repository', 'team/app']]],
  ['secretsmanager/PutResourcePolicy', { secretId: 'db' }, null, [['secret', 'db']]],
  ['lambda/AddPermission20150331v2', { functionName: 'resize' }, null, [['function', 'resize']]],
  [
    'lambda/AddLayerVersionPermission20181031',
    { layerName: 'tools', versionNumber: 3 },
    null,
    [['layer-version', 'tools:3']],
  ],
  ['elasticfilesystem/PutFileSystemPolicy', { fileSystemId: 'fs-1' }, null, [['file-system', 'fs-1']]],
  ['es/UpdateElasticsearchDomainConfig', { domainName: 'logs' }, null, [['domain', 'logs']]],
  ['events/PutPermission', { action: 'events:PutEvents' }, null, [['event-bus', 'default']]],
  ['events/PutPermission', { eventBusName: 'orders' }, null, [['event-bus', 'orders']]],
  ['backup/PutBackupVaultAccessPolicy', { backupVaultName: 'daily' }, null, [['backup-vault', 'daily']]],
  ['glacier/SetVaultAccessPolicy', { vaultName: 'old' }, null, [['archive', 'old']]],
  ['rds/ModifyDBSnapshotAttribute', { dBSnapshotIdentifier: 's' }, null, [['database-snapshot', 's']]],
  [
    'rds/ModifyDBClusterSnapshotAttribute',
    { dBClusterSnapshotIdentifier: 's' },
    null,
    [['cluster-snapshot', 's']],
  ],
  ['redshift/AuthorizeSnapshotAccess', { snapshotIdentifier: 's' }, null, [['warehouse-snapshot', 's']]],
  ['ssm/ModifyDocumentPermission', { name: 'runbook' }, null, [['document', 'runbook']]],
  ['redshift/ModifyCluster', { clusterIdentifier: 'c' }, null, [['warehouse', 'c']]],
  ['kafka/UpdateConnectivity', { clusterArn: 'arn:c' }, null, [['database', 'arn:c']]],
  [
    'ec2/DeleteFlowLogs',
    { DeleteFlowLogsRequest: { FlowLogId: { tag: 1, content: 'fl-0123456789abcdef0' } } },
    null,
    [['flow-log', 'fl-0123456789abcdef0']],
  ],
  [
    'ec2/CreateLaunchTemplate',
    {},
    { CreateLaunchTemplateResponse: { launchTemplate: { launchTemplateId: 'lt-0123456789abcdef0' } } },
    [['instance', 'lt-0123456789abcdef0']],
  ],
  ['events/PutRule', { name: 'snapshut-OnEc2', state: 'ENABLED' }, null, [['event-rule', 'snapshut-OnEc2']]],
  ['guardduty/CreateDetector', { enable: true }, { detectorId: 'd' }, [['detector', 'd']]],
  [
    'config/StopConfigurationRecorder',
    { configurationRecorderName: 'default' },
    null,
    [['config-recorder', 'default']],
  ],
  ['guardduty/UpdateDetector', { detectorId: 'd', enable: false }, null, [['detector', 'd']]],
  ['cloudtrail/PutEventSelectors', { trailName: 'main' }, null, [['trail', 'main']]],
  ['cloudfront/UpdateDistribution2020_05_31', { id: 'E1' }, null, [['distribution-worldwide', 'E1']]],
];

test.each(touched)('%s of %j', (event, requestParameters, responseElements, hints) => {
  const [service, eventName] = event.split('/');
  const record = {
    eventVersion: '1.11',
    eventID: 'e',
    eventTime: '2026-11-20T09:00:00Z',
    eventSource: `${service}.amazonaws.com`,
    eventName: eventName ?? '',
    awsRegion: 'eu-central-1',
    recipientAccountId: '123456789012',
    requestParameters,
    responseElements,
  };

  const { hints: found, ignored } = normalise(record);

  expect(ignored).toBeNull();
  expect(found.map((one) => [one.kind, one.id])).toEqual(hints);
});

test('no row of the table throws on what others may write', () => {
  const odd: unknown[] = [
    null,
    1,
    'x',
    [],
    {},
    { items: [{}] },
    { versionNumber: {} },
    { layerName: 'l', versionNumber: null },
  ];
  for (const row of rows) {
    for (const one of odd) row.hints({ request: [one], response: [one], identity: [one] });
  }
  expect(rows.length).toBeGreaterThan(40);
});
