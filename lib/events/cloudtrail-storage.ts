import { allOf, always, finding, firstOf, ids, type Row } from './cloudtrail-rows.ts';
import { collect, field } from './json.ts';

/** Events of what holds data: buckets, policies, databases, and copies that can be shared. */

const ec2 = 'ec2.amazonaws.com';
const rds = 'rds.amazonaws.com';
const redshift = 'redshift.amazonaws.com';
const s3 = 's3.amazonaws.com';
const lambda = 'lambda.amazonaws.com';

function row(source: string, names: readonly string[], hints: Row['hints']): Row {
  return { source, names, hints };
}

const layerVersion = finding(['layer-version'], (touched) => {
  const [layer] = ids('', 'request.layerName')(touched);
  const version = touched.request
    .map((one) => String(field(one, 'versionNumber') ?? ''))
    .find((one) => /^\d+$/.test(one));
  return layer && version ? [{ kind: 'layer-version', id: `${layer.id}:${version}` }] : [];
});

/** What of which function reads which source: a mapping that is deleted can be asked for no more. */
const eventSource = finding(['event-source'], (touched) => {
  const [name] = ['response.functionArn', 'request.functionName'].flatMap((path) => collect(touched, path));
  const [source] = ['response.eventSourceArn', 'request.eventSourceArn'].flatMap((path) =>
    collect(touched, path),
  );
  return name && source ? [{ kind: 'event-source', id: `${name} ${source}` }] : [];
});

export const storageRows: readonly Row[] = [
  row(
    s3,
    [
      'CreateBucket',
      'DeleteBucket',
      'PutBucketAcl',
      'PutBucketPolicy',
      'DeleteBucketPolicy',
      'PutBucketPublicAccessBlock',
      'DeleteBucketPublicAccessBlock',
      'PutBucketEncryption',
      'DeleteBucketEncryption',
      'PutBucketOwnershipControls',
      'PutBucketWebsite',
      'DeleteBucketWebsite',
    ],
    ids('bucket', 'request.bucketName'),
  ),
  row(s3, ['CreateAccessPoint'], ids('bucket', 'request.bucket', 'request.bucketName')),
  row(s3, ['PutAccessPointPolicy', 'DeleteAccessPointPolicy'], ids('access-point', 'request.name')),
  row(
    s3,
    ['PutAccountPublicAccessBlock', 'DeleteAccountPublicAccessBlock'],
    always('account-worldwide', 'account'),
  ),
  // What the API calls are called; either may be about a bucket or about the account.
  row(
    s3,
    ['PutPublicAccessBlock', 'DeletePublicAccessBlock'],
    firstOf(ids('bucket', 'request.bucketName'), always('account-worldwide', 'account')),
  ),
  row(
    ec2,
    ['EnableEbsEncryptionByDefault', 'DisableEbsEncryptionByDefault'],
    always('account-settings', 'account'),
  ),

  row(
    'sqs.amazonaws.com',
    ['CreateQueue', 'SetQueueAttributes', 'AddPermission', 'RemovePermission', 'DeleteQueue'],
    ids('queue', 'request.queueUrl', 'response.queueUrl'),
  ),
  row(
    'sns.amazonaws.com',
    ['CreateTopic', 'SetTopicAttributes', 'AddPermission', 'RemovePermission', 'DeleteTopic'],
    ids('topic', 'request.topicArn', 'response.topicArn'),
  ),
  row(
    'kms.amazonaws.com',
    ['CreateKey', 'PutKeyPolicy'],
    firstOf(
      ids('key', 'request.keyId'),
      ids('key', 'response.keyMetadata.arn', 'response.keyMetadata.keyId'),
    ),
  ),
  row(
    'ecr.amazonaws.com',
    ['CreateRepository', 'SetRepositoryPolicy', 'DeleteRepositoryPolicy', 'DeleteRepository'],
    ids('repository', 'request.repositoryName'),
  ),
  row(
    'secretsmanager.amazonaws.com',
    ['CreateSecret', 'PutResourcePolicy', 'DeleteResourcePolicy'],
    firstOf(ids('secret', 'request.secretId'), ids('secret', 'response.aRN', 'response.arn')),
  ),
  row(
    lambda,
    [
      'CreateFunction',
      'AddPermission',
      'RemovePermission',
      'CreateFunctionUrlConfig',
      'UpdateFunctionUrlConfig',
      'DeleteFunctionUrlConfig',
      'DeleteFunction',
    ],
    ids('function', 'request.functionName'),
  ),
  row(
    lambda,
    [
      'UpdateFunctionCode',
      'UpdateFunctionConfiguration',
      'PutFunctionConcurrency',
      'DeleteFunctionConcurrency',
    ],
    ids('own-function', 'request.functionName'),
  ),
  row(
    lambda,
    ['CreateEventSourceMapping', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping'],
    firstOf(eventSource, ids('event-source', 'request.uUID', 'request.uuid')),
  ),
  row(lambda, ['AddLayerVersionPermission', 'RemoveLayerVersionPermission'], layerVersion),
  row(
    'elasticfilesystem.amazonaws.com',
    ['CreateFileSystem', 'PutFileSystemPolicy', 'DeleteFileSystemPolicy'],
    ids('file-system', 'request.fileSystemId', 'response.fileSystemId'),
  ),
  row(
    'es.amazonaws.com',
    ['CreateDomain', 'CreateElasticsearchDomain', 'UpdateDomainConfig', 'UpdateElasticsearchDomainConfig'],
    ids('domain', 'request.domainName'),
  ),
  row(
    'events.amazonaws.com',
    ['PutPermission', 'RemovePermission'],
    firstOf(ids('event-bus', 'request.eventBusName'), always('event-bus', 'default')),
  ),
  row('events.amazonaws.com', ['CreateEventBus', 'DeleteEventBus'], ids('event-bus', 'request.name')),
  row(
    'backup.amazonaws.com',
    ['CreateBackupVault', 'PutBackupVaultAccessPolicy', 'DeleteBackupVaultAccessPolicy'],
    ids('backup-vault', 'request.backupVaultName'),
  ),
  row(
    'glacier.amazonaws.com',
    ['CreateVault', 'SetVaultAccessPolicy', 'DeleteVaultAccessPolicy'],
    ids('archive', 'request.vaultName'),
  ),

  row(ec2, ['ModifySnapshotAttribute', 'ResetSnapshotAttribute'], ids('sharing', 'request.snapshotId')),
  row(ec2, ['ModifyImageAttribute', 'ResetImageAttribute'], ids('sharing', 'request.imageId')),
  row(ec2, ['CreateImage', 'CopyImage', 'RegisterImage'], ids('sharing', 'response.imageId')),
  row(ec2, ['CopySnapshot', 'CreateSnapshot'], ids('sharing', 'response.snapshotId')),
  row(rds, ['ModifyDBSnapshotAttribute'], ids('database-snapshot', 'request.dBSnapshotIdentifier')),
  row(
    rds,
    ['ModifyDBClusterSnapshotAttribute'],
    ids('cluster-snapshot', 'request.dBClusterSnapshotIdentifier'),
  ),
  row(
    redshift,
    ['AuthorizeSnapshotAccess', 'RevokeSnapshotAccess'],
    ids('warehouse-snapshot', 'request.snapshotIdentifier'),
  ),
  row('ssm.amazonaws.com', ['ModifyDocumentPermission'], ids('document', 'request.name')),

  row(
    rds,
    [
      'CreateDBInstance',
      'CreateDBInstanceReadReplica',
      'ModifyDBInstance',
      'RestoreDBInstanceFromDBSnapshot',
      'RestoreDBInstanceFromS3',
      'StartDBInstance',
      'DeleteDBInstance',
    ],
    ids('database-instance', 'request.dBInstanceIdentifier', 'response.dBInstanceIdentifier'),
  ),
  row(
    rds,
    ['RestoreDBInstanceToPointInTime'],
    ids('database-instance', 'request.targetDBInstanceIdentifier', 'response.dBInstanceIdentifier'),
  ),
  row(
    rds,
    ['CreateDBCluster', 'ModifyDBCluster', 'RestoreDBClusterFromSnapshot', 'DeleteDBCluster'],
    ids('database-cluster', 'request.dBClusterIdentifier', 'response.dBClusterIdentifier'),
  ),
  row(
    redshift,
    ['CreateCluster', 'ModifyCluster', 'RestoreFromClusterSnapshot', 'DeleteCluster'],
    ids('warehouse', 'request.clusterIdentifier'),
  ),
  row(
    'dms.amazonaws.com',
    ['CreateReplicationInstance', 'ModifyReplicationInstance', 'DeleteReplicationInstance'],
    allOf(
      ids('database', 'request.replicationInstanceArn'),
      ids('database', 'response.replicationInstance.replicationInstanceArn'),
    ),
  ),
  row(
    'kafka.amazonaws.com',
    ['CreateCluster', 'CreateClusterV2', 'UpdateConnectivity', 'DeleteCluster'],
    ids('database', 'request.clusterArn', 'response.clusterArn'),
  ),
];
