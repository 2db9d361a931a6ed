import { account, region, type Told } from './records.ts';
import { admin, ec2, of, publicPolicy, type Story, s3 } from './stories.ts';

const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
const root = { type: 'Root', arn: `arn:aws:iam::${account}:root`, accountId: account };
const everybody = JSON.stringify(publicPolicy('*'));
const everything = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });

const balancer = arn('elasticloadbalancing', 'loadbalancer/app/shop/07e8f901');
const listener = (id: string) => arn('elasticloadbalancing', `listener/app/shop/07e8f901/${id}`);
const heard = (id: string, port: number, more: object) => ({
  listeners: [{ listenerArn: listener(id), loadBalancerArn: balancer, port, ...more }],
});
const forward = [{ type: 'forward', targetGroupArn: 'arn:tg', order: 1 }];
const redirect = [{ type: 'redirect', redirectConfig: { protocol: 'HTTPS', statusCode: 'HTTP_301' } }];
const elb = (at: number, name: string, request: object, response: object = {}) =>
  of('elasticloadbalancing', at, name, request, response);

const machine = (tokens: string) => ({
  instancesSet: { items: [{ instanceId: 'i-0aaa1111', metadataOptions: { httpTokens: tokens } }] },
});
const template = { launchTemplateId: 'lt-0aaa1111', launchTemplateName: 'web' };
const tokens = (HttpTokens: string) => ({ MetadataOptions: { HttpTokens } });
const versioned = (at: number, number: number, HttpTokens: string): Told =>
  ec2(
    at,
    'CreateLaunchTemplateVersion',
    {
      CreateLaunchTemplateVersionRequest: {
        LaunchTemplateName: 'web',
        LaunchTemplateData: tokens(HttpTokens),
      },
    },
    {
      CreateLaunchTemplateVersionResponse: { launchTemplateVersion: { ...template, versionNumber: number } },
    },
  );
const madeDefault = (at: number, number: number): Told =>
  ec2(at, 'ModifyLaunchTemplate', {
    ModifyLaunchTemplateRequest: { LaunchTemplateId: 'lt-0aaa1111', SetDefaultVersion: number },
  });

const distribution = (policy: string) => ({
  distribution: {
    id: 'E2QWRUHEXAMPLE',
    distributionConfig: {
      aliases: { quantity: 0 },
      viewerCertificate: { cloudFrontDefaultCertificate: false, minimumProtocolVersion: 'TLSv1.2_2021' },
      defaultCacheBehavior: { viewerProtocolPolicy: policy },
    },
  },
});

const key = { accessKey: { accessKeyId: 'AKIAEXAMPLE00000001', status: 'Active', userName: 'kim' } };
const quarantine = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
const own = `arn:aws:iam::${account}:policy/ops`;
const iam = (at: number, name: string, request: object, response: object = {}) =>
  of('iam', at, name, request, response);
const selectors = (readWriteType: string) => ({
  trailName: 'main',
  eventSelectors: [{ readWriteType, includeManagementEvents: true, dataResources: [] }],
});

export const storiesOfSettings: readonly Story[] = [
  [
    'a listener that speaks old TLS',
    'listener',
    listener('1'),
    'weak-listener',
    'asked',
    [
      elb(
        10,
        'CreateListener',
        { loadBalancerArn: balancer },
        heard('1', 443, { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-2016-08' }),
      ),
      elb(
        40,
        'ModifyListener',
        { listenerArn: listener('1') },
        heard('1', 443, { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' }),
      ),
    ],
  ],
  [
    'a plain listener beside a secure one',
    'listener',
    listener('2'),
    'weak-listener',
    'asked',
    [
      elb(
        5,
        'CreateListener',
        {},
        heard('1', 443, { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' }),
      ),
      elb(10, 'CreateListener', {}, heard('2', 80, { protocol: 'HTTP', defaultActions: forward })),
      elb(40, 'ModifyListener', {}, heard('2', 80, { protocol: 'HTTP', defaultActions: redirect })),
    ],
  ],
  [
    'a plain listener of which no record names a secure one beside it',
    'listener',
    listener('2'),
    'weak-listener',
    'told',
    [
      elb(10, 'CreateListener', {}, heard('2', 80, { protocol: 'HTTP', defaultActions: forward })),
      elb(40, 'DeleteListener', { listenerArn: listener('2') }),
    ],
  ],
  [
    'a distribution',
    'listener',
    'E2QWRUHEXAMPLE',
    'weak-listener',
    'asked',
    [
      of(
        'cloudfront',
        10,
        'UpdateDistribution2020_05_31',
        { id: 'E2QWRUHEXAMPLE' },
        distribution('allow-all'),
      ),
      of('cloudfront', 40, 'UpdateDistribution2020_05_31', {}, distribution('redirect-to-https')),
    ],
  ],
  [
    'a machine',
    'instance',
    'i-0aaa1111',
    'unprotected-metadata',
    'asked',
    [
      ec2(10, 'RunInstances', {}, machine('optional')),
      ec2(40, 'ModifyInstanceMetadataOptions', {
        ModifyInstanceMetadataOptionsRequest: { InstanceId: 'i-0aaa1111', HttpTokens: 'required' },
      }),
    ],
  ],
  [
    'a machine that is stopped for good',
    'instance',
    'i-0aaa1111',
    'unprotected-metadata',
    'asked',
    [
      ec2(5, 'RunInstances', {}, machine('required')),
      ec2(
        10,
        'ModifyInstanceMetadataOptions',
        { ModifyInstanceMetadataOptionsRequest: { InstanceId: 'i-0aaa1111' } },
        {
          ModifyInstanceMetadataOptionsResponse: {
            instanceId: 'i-0aaa1111',
            instanceMetadataOptions: { httpTokens: 'optional', httpEndpoint: 'enabled' },
          },
        },
      ),
      ec2(40, 'TerminateInstances', { instancesSet: { items: [{ instanceId: 'i-0aaa1111' }] } }),
    ],
  ],
  [
    'the version of a template that is made the default one',
    'instance',
    'lt-0aaa1111',
    'unprotected-metadata',
    'asked',
    [
      ec2(
        2,
        'CreateLaunchTemplate',
        {
          CreateLaunchTemplateRequest: { LaunchTemplateName: 'web', LaunchTemplateData: tokens('required') },
        },
        { CreateLaunchTemplateResponse: { launchTemplate: template } },
      ),
      versioned(4, 2, 'optional'),
      madeDefault(10, 2),
      madeDefault(40, 1),
    ],
  ],
  [
    'a database cluster',
    'database',
    arn('rds', 'cluster:ledger'),
    'public-database',
    'told',
    [
      of('rds', 10, 'CreateDBCluster', { dBClusterIdentifier: 'Ledger', publiclyAccessible: true }),
      of('rds', 40, 'DeleteDBCluster', { dBClusterIdentifier: 'ledger' }),
    ],
  ],
  [
    'an unencrypted database',
    'database',
    arn('rds', 'db:orders'),
    'unencrypted-default',
    'told',
    [
      of('rds', 10, 'CreateDBInstance', { dBInstanceIdentifier: 'orders' }, { storageEncrypted: false }),
      of('rds', 40, 'DeleteDBInstance', { dBInstanceIdentifier: 'orders' }),
    ],
  ],
  [
    'an unencrypted file system',
    'database',
    arn('elasticfilesystem', 'file-system/fs-0aaa1111'),
    'unencrypted-default',
    'told',
    [
      of('elasticfilesystem', 10, 'CreateFileSystem', {}, { fileSystemId: 'fs-0aaa1111', encrypted: false }),
      of('elasticfilesystem', 40, 'DeleteFileSystem', { fileSystemId: 'fs-0aaa1111' }),
    ],
  ],
  [
    'a data warehouse',
    'database',
    arn('redshift', 'cluster:sales'),
    'public-database',
    'fixed',
    [
      of(
        'redshift',
        10,
        'ModifyCluster',
        { clusterIdentifier: 'sales', publiclyAccessible: true },
        { clusterIdentifier: 'sales', publiclyAccessible: false },
      ),
      of('redshift', 40, 'ModifyCluster', { clusterIdentifier: 'sales', publiclyAccessible: false }),
    ],
  ],
  [
    'a replication instance',
    'database',
    arn('dms', 'rep:ABC'),
    'public-database',
    'told',
    [
      of(
        'dms',
        10,
        'CreateReplicationInstance',
        { replicationInstanceIdentifier: 'move' },
        { replicationInstance: { replicationInstanceArn: arn('dms', 'rep:ABC'), publiclyAccessible: true } },
      ),
      of('dms', 40, 'DeleteReplicationInstance', { replicationInstanceArn: arn('dms', 'rep:ABC') }),
    ],
  ],
  [
    'brokers, named as in the address of the call',
    'database',
    arn('kafka', 'cluster/orders/0a1b'),
    'public-database',
    'fixed',
    [
      of('kafka', 10, 'UpdateConnectivity', {
        clusterArn: encodeURIComponent(arn('kafka', 'cluster/orders/0a1b')),
        connectivityInfo: { publicAccess: { type: 'SERVICE_PROVIDED_EIPS' } },
      }),
      of('kafka', 40, 'UpdateConnectivity', {
        clusterArn: arn('kafka', 'cluster/orders/0a1b'),
        connectivityInfo: { publicAccess: { type: 'DISABLED' } },
      }),
    ],
  ],
  [
    'the API of a cluster',
    'cluster',
    'platform',
    'public-cluster-endpoint',
    'told',
    [
      of('eks', 10, 'CreateCluster', { name: 'platform', resourcesVpcConfig: {} }),
      of('eks', 40, 'UpdateClusterConfig', {
        name: 'platform',
        resourcesVpcConfig: { endpointPublicAccess: false, endpointPrivateAccess: true },
      }),
    ],
  ],
  ...(
    [
      ['elasticfilesystem', 'file-system/fs-0aaa1111', 'FileSystemPolicy', { fileSystemId: 'fs-0aaa1111' }],
      ['backup', 'backup-vault:daily', 'BackupVaultAccessPolicy', { backupVaultName: 'daily' }],
    ] as const
  ).map(
    ([service, rest, call, request]): Story => [
      `the policy of ${service}`,
      'policy',
      arn(service, rest),
      'public-policy',
      'fixed',
      [
        of(service, 10, `Put${call}`, { ...request, policy: everybody }),
        of(service, 40, `Delete${call}`, request),
      ],
    ],
  ),
  [
    'a vault of archives',
    'policy',
    arn('glacier', 'vaults/old'),
    'public-policy',
    'fixed',
    [
      of('glacier', 10, 'SetVaultAccessPolicy', { vaultName: 'old', policy: { policy: everybody } }),
      of('glacier', 40, 'DeleteVaultAccessPolicy', { vaultName: 'old' }),
    ],
  ],
  [
    'a search domain',
    'policy',
    arn('es', 'domain/search'),
    'public-policy',
    'fixed',
    [
      of('es', 10, 'CreateDomain', { domainName: 'search', accessPolicies: everybody }),
      of('es', 40, 'DeleteDomain', { domainName: 'search' }),
    ],
  ],
  [
    'an event bus',
    'policy',
    arn('events', 'event-bus/orders'),
    'public-policy',
    'fixed',
    [
      of('events', 10, 'PutPermission', {
        eventBusName: 'orders',
        action: 'events:PutEvents',
        principal: '*',
        statementId: 'Open',
      }),
      of('events', 40, 'RemovePermission', { eventBusName: 'orders', statementId: 'Open' }),
    ],
  ],
  [
    'a layer',
    'policy',
    arn('lambda', 'layer:tools:3'),
    'public-policy',
    'fixed',
    [
      of(
        'lambda',
        10,
        'AddLayerVersionPermission20181031',
        { layerName: 'tools', versionNumber: 3, statementId: 'open', principal: '*' },
        {
          statement: JSON.stringify({
            Sid: 'open',
            Effect: 'Allow',
            Principal: '*',
            Action: 'lambda:GetLayerVersion',
            Resource: arn('lambda', 'layer:tools:3'),
          }),
        },
      ),
      of('lambda', 40, 'RemoveLayerVersionPermission20181031', {
        layerName: 'tools',
        versionNumber: 3,
        statementId: 'open',
      }),
    ],
  ],
  [
    'the URL of a function',
    'policy',
    arn('lambda', 'function:resize'),
    'public-function-url',
    'asked',
    [
      of('lambda', 10, 'CreateFunctionUrlConfig', { functionName: 'resize', authType: 'NONE' }),
      of('lambda', 40, 'UpdateFunctionUrlConfig', { functionName: 'resize', authType: 'AWS_IAM' }),
    ],
  ],
  [
    'the policy of an access point',
    'bucket',
    'shop-data',
    'public-bucket',
    'fixed',
    [
      {
        ...s3(5, 'CreateAccessPoint'),
        request: { name: 'files', CreateAccessPointRequest: { Bucket: 'shop-data' } },
      },
      {
        ...s3(10, 'PutAccessPointPolicy'),
        request: { name: 'files', PutAccessPointPolicyRequest: { Policy: everybody } },
      },
      { ...s3(40, 'DeleteAccessPointPolicy'), request: { name: 'files' } },
    ],
  ],
  [
    'the snapshot of a warehouse for a stranger',
    'sharing',
    arn('redshift', 'snapshot:sales/sales-2026'),
    'public-sharing',
    'asked',
    [
      of(
        'redshift',
        10,
        'AuthorizeSnapshotAccess',
        { snapshotIdentifier: 'sales-2026', accountWithRestoreAccess: '999999999999' },
        { clusterIdentifier: 'sales' },
      ),
      of('redshift', 40, 'RevokeSnapshotAccess', {
        snapshotIdentifier: 'sales-2026',
        snapshotClusterIdentifier: 'sales',
        accountWithRestoreAccess: '999999999999',
      }),
    ],
  ],
  [
    'what new volumes get',
    'account',
    account,
    'unencrypted-default',
    'fixed',
    [
      ec2(10, 'DisableEbsEncryptionByDefault', { DisableEbsEncryptionByDefaultRequest: '' }),
      ec2(40, 'EnableEbsEncryptionByDefault', { EnableEbsEncryptionByDefaultRequest: '' }),
    ],
  ],
  [
    'the block of the whole account',
    'account',
    account,
    'account-block-public-access',
    'fixed',
    [
      { ...s3(10, 'DeleteAccountPublicAccessBlock'), request: {} },
      {
        ...s3(40, 'PutAccountPublicAccessBlock'),
        request: {
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: true,
            RestrictPublicBuckets: true,
          },
        },
      },
    ],
  ],
  [
    'a trail that keeps less',
    'trail',
    arn('cloudtrail', 'trail/main'),
    'audit-trail-stopped',
    'fixed',
    [
      of('cloudtrail', 10, 'PutEventSelectors', selectors('ReadOnly')),
      of('cloudtrail', 40, 'PutEventSelectors', selectors('All')),
    ],
  ],
  [
    'a trail that is deleted and made anew',
    'trail',
    arn('cloudtrail', 'trail/main'),
    'audit-trail-stopped',
    'told',
    [
      of('cloudtrail', 10, 'DeleteTrail', { name: 'main' }),
      of('cloudtrail', 40, 'CreateTrail', { name: 'main' }, { trailARN: arn('cloudtrail', 'trail/main') }),
    ],
  ],
  [
    'a configuration recorder',
    'trail',
    'config-recorder/default',
    'audit-trail-stopped',
    'fixed',
    [
      of('config', 10, 'StopConfigurationRecorder', { configurationRecorderName: 'default' }),
      of('config', 40, 'StartConfigurationRecorder', { configurationRecorderName: 'default' }),
    ],
  ],
  [
    'a threat detector',
    'trail',
    'detector/12abc34d',
    'audit-trail-stopped',
    'fixed',
    [
      of('guardduty', 10, 'UpdateDetector', { detectorId: '12abc34d', enable: false }),
      of('guardduty', 40, 'UpdateDetector', { detectorId: '12abc34d', enable: true }),
    ],
  ],
  [
    'a rule of this service itself',
    'trail',
    arn('events', 'rule/snapshut-prod-OnEc2'),
    'audit-trail-stopped',
    'fixed',
    [
      of('events', 10, 'DisableRule', { name: 'snapshut-prod-OnEc2' }),
      of('events', 40, 'EnableRule', { name: 'snapshut-prod-OnEc2' }),
    ],
  ],
  [
    'the only key of a new user, which AWS has found in public',
    'credential',
    'AKIAEXAMPLE00000001',
    'exposed-key',
    'fixed',
    [
      iam(2, 'CreateUser', { userName: 'kim' }),
      iam(5, 'CreateAccessKey', { userName: 'kim' }, key),
      iam(10, 'AttachUserPolicy', { userName: 'kim', policyArn: quarantine }),
      iam(40, 'DeleteAccessKey', { userName: 'kim', accessKeyId: 'AKIAEXAMPLE00000001' }),
    ],
  ],
  [
    'a key of somebody who may have another one',
    'credential',
    'AKIAEXAMPLE00000001',
    'exposed-key',
    'asked',
    [
      iam(5, 'CreateAccessKey', { userName: 'kim' }, key),
      iam(10, 'AttachUserPolicy', { userName: 'kim', policyArn: quarantine }),
      iam(40, 'DetachUserPolicy', { userName: 'kim', policyArn: quarantine }),
    ],
  ],
  [
    'a group that may do everything',
    'user',
    'group/ops',
    'admin-grant',
    'asked',
    [
      iam(10, 'AttachGroupPolicy', { groupName: 'ops', policyArn: admin }),
      iam(40, 'DetachGroupPolicy', { groupName: 'ops', policyArn: admin }),
    ],
  ],
  [
    'a policy of the account that is widened after it was attached',
    'user',
    'user/kim',
    'admin-grant',
    'asked',
    [
      iam(2, 'CreatePolicy', { policyDocument: '{"Statement":[]}' }, { policy: { arn: own } }),
      iam(4, 'AttachUserPolicy', { userName: 'kim', policyArn: own }),
      iam(
        10,
        'CreatePolicyVersion',
        { policyArn: own, policyDocument: everything, setAsDefault: true },
        { policyVersion: { versionId: 'v2' } },
      ),
      iam(40, 'SetDefaultPolicyVersion', { policyArn: own, versionId: 'v1' }),
    ],
  ],
  [
    'a new user with a password alone',
    'user',
    'user/kim',
    'user-without-mfa',
    'told',
    [
      iam(2, 'CreateUser', { userName: 'kim' }),
      iam(10, 'CreateLoginProfile', { userName: 'kim' }),
      iam(40, 'EnableMFADevice', { userName: 'kim', serialNumber: 'arn:mfa' }),
    ],
  ],
  [
    'a key of the root user',
    'account',
    account,
    'root-key',
    'told',
    [
      { ...iam(10, 'CreateAccessKey', {}, { accessKey: { accessKeyId: 'AKIAROOT' } }), identity: root },
      { ...iam(40, 'DeleteAccessKey', { accessKeyId: 'AKIAROOT' }), identity: root },
    ],
  ],
];
