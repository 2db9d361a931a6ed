import type { Resource } from '../../model.ts';

/** ASFF's type of what an ARN of ours names, by its service and the word behind the account. */
const typesOfArn: readonly (readonly [RegExp, string])[] = [
  [/^arn:[^:]+:sqs:/, 'AwsSqsQueue'],
  [/^arn:[^:]+:sns:/, 'AwsSnsTopic'],
  [/^arn:[^:]+:kms:/, 'AwsKmsKey'],
  [/^arn:[^:]+:lambda:[^:]*:\d*:function:/, 'AwsLambdaFunction'],
  [/^arn:[^:]+:ecr:/, 'AwsEcrRepository'],
  [/^arn:[^:]+:secretsmanager:/, 'AwsSecretsManagerSecret'],
  [/^arn:[^:]+:events:/, 'AwsEventsEventbus'],
  [/^arn:[^:]+:backup:/, 'AwsBackupBackupVault'],
  [/^arn:[^:]+:rds:[^:]*:\d*:db:/, 'AwsRdsDbInstance'],
  [/^arn:[^:]+:rds:[^:]*:\d*:snapshot:/, 'AwsRdsDbSnapshot'],
  [/^arn:[^:]+:rds:[^:]*:\d*:cluster-snapshot:/, 'AwsRdsDbClusterSnapshot'],
  [/^arn:[^:]+:redshift:[^:]*:\d*:cluster:/, 'AwsRedshiftCluster'],
  [/^arn:[^:]+:dms:[^:]*:\d*:rep:/, 'AwsDmsReplicationInstance'],
  [/^arn:[^:]+:kafka:/, 'AwsMskCluster'],
  [/^arn:[^:]+:cloudtrail:/, 'AwsCloudTrailTrail'],
  [/^arn:[^:]+:iam::\d*:user\//, 'AwsIamUser'],
  [/^arn:[^:]+:iam::\d*:role\//, 'AwsIamRole'],
];

/** A resource in Security Hub's words: https://docs.aws.amazon.com/securityhub/latest/userguide/asff-resources-attributes.html */
export function resourceIn({ account, region, kind, id }: Resource): { Type: string; Id: string } {
  const partition = partitionOf(region);
  const ec2 = (word: string) => `arn:${partition}:ec2:${region}:${account}:${word}/${id}`;
  if (kind === 'firewall') return { Type: 'AwsEc2SecurityGroup', Id: ec2('security-group') };
  if (kind === 'network-acl') return { Type: 'AwsEc2NetworkAcl', Id: ec2('network-acl') };
  if (kind === 'instance' && id.startsWith('lt-'))
    return { Type: 'AwsEc2LaunchTemplate', Id: ec2('launch-template') };
  if (kind === 'instance') return { Type: 'AwsEc2Instance', Id: ec2('instance') };
  if (kind === 'sharing' && id.startsWith('snap-')) return { Type: 'Other', Id: ec2('snapshot') };
  if (kind === 'sharing' && id.startsWith('ami-')) return { Type: 'Other', Id: ec2('image') };
  if (kind === 'bucket') return { Type: 'AwsS3Bucket', Id: `arn:${partition}:s3:::${id}` };
  if (kind === 'account') return { Type: 'AwsAccount', Id: `AWS::::Account:${account}` };
  if (kind === 'cluster')
    return { Type: 'AwsEksCluster', Id: `arn:${partition}:eks:${region}:${account}:cluster/${id}` };
  if (kind === 'credential') return { Type: 'AwsIamAccessKey', Id: `AWS::IAM::AccessKey:${id}` };
  const type = typesOfArn.find(([shape]) => shape.test(id))?.[1];
  return { Type: type ?? 'Other', Id: id };
}

export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
