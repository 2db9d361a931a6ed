/** Which IAM actions a call needs: https://docs.aws.amazon.com/service-authorization/latest/reference/ */

/** S3 authorises these under other names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export const authorisedAs: { readonly [command: string]: string } = {
  ListBuckets: 'ListAllMyBuckets',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
};

/** The prefix of a service's actions, by the id that its client carries. */
const prefixes: { readonly [serviceId: string]: string } = {
  'S3 Control': 's3',
  'Elastic Load Balancing v2': 'elasticloadbalancing',
  EFS: 'elasticfilesystem',
  OpenSearch: 'es',
  EventBridge: 'events',
  'Database Migration Service': 'dms',
  'Secrets Manager': 'secretsmanager',
  'Config Service': 'config',
  SESv2: 'ses',
  SecurityHub: 'securityhub',
};

/** Actions that a call needs beside its own, by what its input holds. */
const besides: { readonly [action: string]: (input: Input, command: string) => boolean } = {
  'iam:PassRole': (input, command) =>
    ['CreateTrail', 'PutConfigurationRecorder', 'CreateFlowLogs', 'PutRule', 'PutTargets'].includes(
      command,
    ) && /role/i.test(JSON.stringify(input)),
  'ec2:CreateTags': (input) => 'TagSpecifications' in input,
  'cloudtrail:AddTags': (input, command) => command === 'CreateTrail' && 'TagsList' in input,
  'guardduty:TagResource': (input, command) => command === 'CreateDetector' && 'Tags' in input,
};

export type Input = { readonly [field: string]: unknown };

export function actionsOf(serviceId: string, command: string, input: Input): string[] {
  if (command === 'TransactWriteItems') return transactionActions(input);
  const prefix = prefixes[serviceId] ?? serviceId.toLowerCase().replaceAll(' ', '');
  const own = `${prefix}:${authorisedAs[command] ?? command}`;
  return [own, ...Object.keys(besides).filter((action) => besides[action]?.(input, command))];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
function transactionActions({ TransactItems }: Input): string[] {
  const items = (TransactItems ?? []) as { [kind: string]: unknown }[];
  const names: { [kind: string]: string } = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem' };
  const kinds = new Set(items.flatMap(Object.keys));
  return [...kinds].map((kind) => `dynamodb:${names[kind] ?? 'ConditionCheckItem'}`);
}
