import { account, region, type Told } from './records.ts';

/** What opens at minute 10 and closes at minute 40, by kind, id, control and outcome. */
export type Story = readonly [
  title: string,
  kind: string,
  id: string,
  control: string,
  outcome: string,
  told: Told[],
];

const bucket = { bucketName: 'shop-data' };
export const s3 = (at: number, name: string, request: object = {}): Told => ({
  at,
  name,
  source: 's3.amazonaws.com',
  request: { ...bucket, ...request },
});
export const ec2 = (at: number, name: string, request: object, response: object = {}): Told => ({
  at,
  name,
  request,
  response,
});
export const of = (
  source: string,
  at: number,
  name: string,
  request: object,
  response: object = {},
): Told => ({
  at,
  name,
  source: `${source}.amazonaws.com`,
  request,
  response,
});
export const publicPolicy = (resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Open', Effect: 'Allow', Principal: '*', Action: '*', Resource: resource }],
});
const block = (isOn: boolean) => ({
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: isOn,
    IgnorePublicAcls: isOn,
    BlockPublicPolicy: isOn,
    RestrictPublicBuckets: isOn,
  },
});
export const entry = (ruleNumber: number, ruleAction: string, port: number) => ({
  networkAclId: 'acl-0aaa1111',
  ruleNumber,
  egress: false,
  ruleAction,
  aclProtocol: '6',
  portRange: { from: port, to: port },
  cidrBlock: '0.0.0.0/0',
});
export const acl = ec2(
  0,
  'CreateNetworkAcl',
  {},
  { networkAcl: { networkAclId: 'acl-0aaa1111', entrySet: { items: [] } } },
);
const share = (verb: 'add' | 'remove', who: object) => ({ [verb]: { items: [who] } });
const queue = `https://sqs.${region}.amazonaws.com/${account}/orders`;

export const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';

export const stories: readonly Story[] = [
  [
    'a canned public access list',
    'bucket',
    'shop-data',
    'public-bucket',
    'fixed',
    [
      s3(10, 'PutBucketAcl', { 'x-amz-acl': ['public-read'] }),
      s3(40, 'PutBucketAcl', { 'x-amz-acl': ['private'] }),
    ],
  ],
  [
    'a bucket made public',
    'bucket',
    'shop-data',
    'public-bucket',
    'fixed',
    [s3(10, 'CreateBucket', { 'x-amz-acl': 'public-read-write' }), s3(40, 'DeleteBucket')],
  ],
  [
    'a public grant',
    'bucket',
    'shop-data',
    'public-bucket',
    'fixed',
    [
      s3(10, 'PutBucketAcl', {
        AccessControlPolicy: {
          AccessControlList: {
            Grant: [
              {
                Grantee: { 'xsi:type': 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' },
                Permission: 'READ',
              },
            ],
          },
        },
      }),
      s3(40, 'PutBucketAcl', { AccessControlPolicy: { AccessControlList: { Grant: [] } } }),
    ],
  ],
  [
    'a public bucket policy',
    'bucket',
    'shop-data',
    'public-bucket',
    'fixed',
    [
      s3(10, 'PutBucketPolicy', { bucketPolicy: publicPolicy('arn:aws:s3:::shop-data/*') }),
      s3(40, 'DeleteBucketPolicy'),
    ],
  ],
  [
    'a public policy of a website',
    'bucket',
    'shop-data',
    'public-bucket',
    'asked',
    [
      s3(5, 'PutBucketWebsite'),
      s3(10, 'PutBucketPolicy', { bucketPolicy: publicPolicy('arn:aws:s3:::shop-data/*') }),
      s3(40, 'DeleteBucketPolicy'),
    ],
  ],
  [
    'a block that is taken away',
    'bucket',
    'shop-data',
    'bucket-block-public-access',
    'fixed',
    [s3(10, 'DeleteBucketPublicAccessBlock'), s3(40, 'PutBucketPublicAccessBlock', block(true))],
  ],
  [
    'a network ACL',
    'network-acl',
    'acl-0aaa1111',
    'public-network-acl',
    'told',
    [
      acl,
      ec2(10, 'CreateNetworkAclEntry', entry(100, 'allow', 22)),
      ec2(40, 'DeleteNetworkAclEntry', { networkAclId: 'acl-0aaa1111', ruleNumber: 100, egress: false }),
    ],
  ],
  [
    'a disk snapshot for everybody',
    'sharing',
    'snap-0aaa1111',
    'public-sharing',
    'fixed',
    [
      ec2(10, 'ModifySnapshotAttribute', {
        snapshotId: 'snap-0aaa1111',
        createVolumePermission: share('add', { group: 'all' }),
      }),
      ec2(40, 'ModifySnapshotAttribute', {
        snapshotId: 'snap-0aaa1111',
        createVolumePermission: share('remove', { group: 'all' }),
      }),
    ],
  ],
  [
    'an image for a stranger',
    'sharing',
    'ami-0aaa1111',
    'public-sharing',
    'asked',
    [
      ec2(10, 'ModifyImageAttribute', {
        imageId: 'ami-0aaa1111',
        launchPermission: share('add', { userId: '999999999999' }),
      }),
      ec2(40, 'DeregisterImage', { imageId: 'ami-0aaa1111' }),
    ],
  ],
  [
    'a database snapshot',
    'sharing',
    `arn:aws:rds:${region}:${account}:snapshot:before`,
    'public-sharing',
    'fixed',
    [
      of('rds', 10, 'ModifyDBSnapshotAttribute', { dBSnapshotIdentifier: 'before', valuesToAdd: ['all'] }),
      of('rds', 40, 'ModifyDBSnapshotAttribute', { dBSnapshotIdentifier: 'before', valuesToRemove: ['all'] }),
    ],
  ],
  [
    'a document',
    'sharing',
    `arn:aws:ssm:${region}:${account}:document/run`,
    'public-sharing',
    'fixed',
    [
      of('ssm', 10, 'ModifyDocumentPermission', { name: 'run', accountIdsToAdd: ['All'] }),
      of('ssm', 40, 'ModifyDocumentPermission', { name: 'run', accountIdsToRemove: ['All'] }),
    ],
  ],
  [
    'a queue',
    'policy',
    `arn:aws:sqs:${region}:${account}:orders`,
    'public-policy',
    'fixed',
    [
      of('sqs', 10, 'SetQueueAttributes', {
        queueUrl: queue,
        attributes: { Policy: JSON.stringify(publicPolicy('*')) },
      }),
      of('sqs', 40, 'SetQueueAttributes', { queueUrl: queue, attributes: { Policy: '' } }),
    ],
  ],
  [
    'a function',
    'policy',
    `arn:aws:lambda:${region}:${account}:function:resize`,
    'public-policy',
    'fixed',
    [
      of(
        'lambda',
        10,
        'AddPermission20150331v2',
        { functionName: 'resize', statementId: 'open' },
        {
          statement: JSON.stringify({
            Sid: 'open',
            Effect: 'Allow',
            Principal: '*',
            Action: 'lambda:InvokeFunction',
            Resource: '*',
          }),
        },
      ),
      of('lambda', 40, 'RemovePermission20150331v2', { functionName: 'resize', statementId: 'open' }),
    ],
  ],
  [
    'a database',
    'database',
    `arn:aws:rds:${region}:${account}:db:orders`,
    'public-database',
    'fixed',
    [
      of('rds', 10, 'CreateDBInstance', { dBInstanceIdentifier: 'orders', publiclyAccessible: true }),
      of('rds', 40, 'ModifyDBInstance', { dBInstanceIdentifier: 'orders', publiclyAccessible: false }),
    ],
  ],
  [
    'an audit trail',
    'trail',
    `arn:aws:cloudtrail:${region}:${account}:trail/main`,
    'audit-trail-stopped',
    'fixed',
    [
      of('cloudtrail', 10, 'StopLogging', { name: 'main' }),
      of('cloudtrail', 40, 'StartLogging', { name: 'main' }),
    ],
  ],
  [
    'a role',
    'user',
    `arn:aws:iam::${account}:role/app/deploy`,
    'public-role-trust',
    'asked',
    [
      of(
        'iam',
        10,
        'CreateRole',
        {
          roleName: 'deploy',
          assumeRolePolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
          }),
        },
        { role: { arn: `arn:aws:iam::${account}:role/app/deploy` } },
      ),
      of('iam', 40, 'DeleteRole', { roleName: 'deploy' }),
    ],
  ],
  [
    'an administrator',
    'user',
    'user/kim',
    'admin-grant',
    'asked',
    [
      of('iam', 10, 'AttachUserPolicy', { userName: 'kim', policyArn: admin }),
      of('iam', 40, 'DetachUserPolicy', { userName: 'kim', policyArn: admin }),
    ],
  ],
  [
    'an administrator by an inline policy',
    'user',
    'user/kim',
    'admin-grant',
    'asked',
    [
      of('iam', 10, 'PutUserPolicy', {
        userName: 'kim',
        policyName: 'all',
        policyDocument: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }),
      }),
      of('iam', 40, 'DeleteUserPolicy', { userName: 'kim', policyName: 'all' }),
    ],
  ],
];
