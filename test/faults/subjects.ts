import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotAttributeCommand,
  EC2Client,
  ModifySnapshotAttributeCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { motoAccount } from '../../lib/sandbox/moto.ts';

/**
 * What a person leaves open, and how it should look afterwards: written against the cloud's own API and without a word
 * of the service's code.
 */

export interface Where {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** `open`: what of it is exposed; `innocent`: everything else that a change could touch. */
export interface Sight {
  open: unknown[];
  innocent: unknown;
}

export interface Subject {
  /** Made, and harmless. Answers its id. */
  make(where: Where, name: string): Promise<string>;
  /** A person leaves it open. */
  open(where: Where, id: string): Promise<unknown>;
  look(where: Where, id: string): Promise<Sight>;
  /** What tells of it where no audit event does. */
  report?(id: string): object;
  /** What a call that changes it must name. */
  names?(id: string): readonly string[];
  /** Who may see it on purpose. */
  trusted?: readonly string[];
}

const partner = '111122223333';
const office = [{ CidrIp: '198.51.100.0/24', Description: 'office' }];
const web = [{ CidrIp: '0.0.0.0/0' }];
const statement = (Sid: string, Principal: unknown, Action: string, Resource = '*') => ({
  Sid,
  Effect: 'Allow',
  Principal,
  Action,
  Resource,
});
const root = { AWS: `arn:aws:iam::${motoAccount}:root` };
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** Statements of a policy, those named `Open` apart from the rest. */
function sightOf(text: string | undefined): Sight {
  const { Statement = [], ...rest } = JSON.parse(text ?? '{"Statement":[]}') as {
    Statement?: { Sid?: string }[];
  };
  return {
    open: Statement.filter(({ Sid }) => Sid === 'Open'),
    innocent: { rest, statements: Statement.filter(({ Sid }) => Sid !== 'Open') },
  };
}

const securityGroup: Subject = {
  async make(where, name) {
    const client = new EC2Client(where);
    const tags = [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'team', Value: 'shop' }] }];
    const { GroupId = '' } = await client.send(
      new CreateSecurityGroupCommand({ GroupName: name, Description: name, TagSpecifications: tags }),
    );
    const tcp = { IpProtocol: 'tcp' };
    const IpPermissions = [
      { ...tcp, FromPort: 22, ToPort: 22, IpRanges: office },
      { ...tcp, FromPort: 443, ToPort: 443, IpRanges: web },
    ];
    await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    return GroupId;
  },
  open: (where, GroupId) => {
    const IpRanges = [{ CidrIp: '0.0.0.0/0', Description: 'open: just for today' }];
    const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges };
    return new EC2Client(where).send(
      new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }),
    );
  },
  async look(where, id) {
    const client = new EC2Client(where);
    const { SecurityGroupRules: rules = [] } = await client.send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [id] }] }),
    );
    const { SecurityGroups: [group] = [] } = await client.send(
      new DescribeSecurityGroupsCommand({ GroupIds: [id] }),
    );
    const isOpen = (description = '') => description.startsWith('open:');
    const sorted = rules.toSorted((a, b) =>
      String(a.SecurityGroupRuleId).localeCompare(String(b.SecurityGroupRuleId)),
    );
    return {
      // A rule that is put back is given a new id.
      open: sorted
        .filter((rule) => isOpen(rule.Description))
        .map(({ SecurityGroupRuleId: _, SecurityGroupRuleArn: __, ...rule }) => rule),
      innocent: {
        rules: sorted.filter((rule) => !isOpen(rule.Description)),
        tags: group?.Tags,
        name: group?.GroupName,
      },
    };
  },
};

const s3At = (where: Where) => new S3Client({ ...where, forcePathStyle: true });

async function makeBucket(where: Where, Bucket: string): Promise<string> {
  const LocationConstraint = 'eu-central-1';
  const client = s3At(where);
  await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
  const Tagging = { TagSet: [{ Key: 'team', Value: 'shop' }] };
  await client.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
  return Bucket;
}

async function restOfBucket(where: Where, Bucket: string) {
  const client = s3At(where);
  const { Grants } = await client.send(new GetBucketAclCommand({ Bucket }));
  const { TagSet } = await client.send(new GetBucketTaggingCommand({ Bucket }));
  return { Grants, TagSet };
}

const shared = (Bucket: string) => statement('Shop', root, 's3:GetObject', `arn:aws:s3:::${Bucket}/*`);

const bucket: Subject = {
  async make(where, name) {
    await makeBucket(where, name);
    await s3At(where).send(new PutBucketPolicyCommand({ Bucket: name, Policy: document(shared(name)) }));
    return name;
  },
  open: (where, Bucket) => {
    const open = statement('Open', '*', 's3:GetObject', `arn:aws:s3:::${Bucket}/*`);
    return s3At(where).send(new PutBucketPolicyCommand({ Bucket, Policy: document(open, shared(Bucket)) }));
  },
  async look(where, Bucket) {
    const { Policy } = await s3At(where).send(new GetBucketPolicyCommand({ Bucket }));
    const { open, innocent } = sightOf(Policy);
    return { open, innocent: { policy: innocent, rest: await restOfBucket(where, Bucket) } };
  },
};

const switches = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

const blockedBucket: Subject = {
  async make(where, name) {
    await makeBucket(where, name);
    await s3At(where).send(new PutBucketPolicyCommand({ Bucket: name, Policy: document(shared(name)) }));
    await s3At(where).send(
      new PutPublicAccessBlockCommand({ Bucket: name, PublicAccessBlockConfiguration: switches }),
    );
    return name;
  },
  open: (where, Bucket) => s3At(where).send(new DeletePublicAccessBlockCommand({ Bucket })),
  async look(where, Bucket) {
    const client = s3At(where);
    const none = (error: Error) => {
      if (error.name !== 'NoSuchPublicAccessBlockConfiguration') throw error;
      return { PublicAccessBlockConfiguration: {} };
    };
    const { PublicAccessBlockConfiguration: block = {} } = await client
      .send(new GetPublicAccessBlockCommand({ Bucket }))
      .catch(none);
    const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }));
    const on = new Map(Object.entries(block));
    return {
      open: Object.keys(switches).filter((name) => on.get(name) !== true),
      innocent: { Policy, rest: await restOfBucket(where, Bucket) },
    };
  },
};

const queue: Subject = {
  make: async (where, QueueName) => {
    const Attributes = { Policy: document(statement('Own', root, 'sqs:*')), VisibilityTimeout: '45' };
    const made = await new SQSClient(where).send(new CreateQueueCommand({ QueueName, Attributes }));
    return made.QueueUrl ?? '';
  },
  open: (where, QueueUrl) => {
    const Policy = document(statement('Open', '*', 'sqs:*'), statement('Own', root, 'sqs:*'));
    return new SQSClient(where).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  },
  async look(where, QueueUrl) {
    const all = { QueueUrl, AttributeNames: ['All' as const] };
    const { Attributes = {} } = await new SQSClient(where).send(new GetQueueAttributesCommand(all));
    const { Policy, LastModifiedTimestamp: _, ...rest } = Attributes;
    const { open, innocent } = sightOf(Policy);
    return { open, innocent: { policy: innocent, rest } };
  },
};

const topic: Subject = {
  async make(where, Name) {
    const client = new SNSClient(where);
    const { TopicArn = '' } = await client.send(
      new CreateTopicCommand({ Name, Attributes: { DisplayName: Name } }),
    );
    const AttributeValue = document(statement('Own', root, 'sns:Publish', TopicArn));
    await client.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
    return TopicArn;
  },
  open: (where, TopicArn) => {
    const open = statement('Open', '*', 'sns:Publish', TopicArn);
    const AttributeValue = document(open, statement('Own', root, 'sns:Publish', TopicArn));
    return new SNSClient(where).send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }),
    );
  },
  async look(where, TopicArn) {
    const { Attributes = {} } = await new SNSClient(where).send(new GetTopicAttributesCommand({ TopicArn }));
    const { Policy, ...rest } = Attributes;
    const { open, innocent } = sightOf(Policy);
    return { open, innocent: { policy: innocent, rest } };
  },
};

const key: Subject = {
  async make(where, Description) {
    const Policy = document(statement('Own', root, 'kms:*'));
    const { KeyMetadata } = await new KMSClient(where).send(new CreateKeyCommand({ Description, Policy }));
    return KeyMetadata?.KeyId ?? '';
  },
  open: (where, KeyId) => {
    const Policy = document(statement('Open', '*', 'kms:Decrypt'), statement('Own', root, 'kms:*'));
    return new KMSClient(where).send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy }));
  },
  async look(where, KeyId) {
    const { Policy } = await new KMSClient(where).send(
      new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }),
    );
    return sightOf(Policy);
  },
};

const snapshot: Subject = {
  trusted: [partner],
  async make(where) {
    const client = new EC2Client(where);
    const volume = { AvailabilityZone: 'eu-central-1a', Size: 1 };
    const { VolumeId } = await client.send(new CreateVolumeCommand(volume));
    const { SnapshotId = '' } = await client.send(new CreateSnapshotCommand({ VolumeId }));
    const share = { SnapshotId, Attribute: 'createVolumePermission', OperationType: 'add' } as const;
    await client.send(new ModifySnapshotAttributeCommand({ ...share, UserIds: [partner] }));
    return SnapshotId;
  },
  open: (where, SnapshotId) => {
    const share = { SnapshotId, Attribute: 'createVolumePermission', OperationType: 'add' } as const;
    return new EC2Client(where).send(new ModifySnapshotAttributeCommand({ ...share, GroupNames: ['all'] }));
  },
  async look(where, SnapshotId) {
    const { CreateVolumePermissions: all = [] } = await new EC2Client(where).send(
      new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' }),
    );
    return {
      open: all.filter(({ Group }) => Group === 'all'),
      innocent: all.filter(({ Group }) => Group !== 'all'),
    };
  },
};

/** The id of a key, and of its owner before the slash. */
const accessKey: Subject = {
  names: (id) => id.split('/'),
  async make(where, UserName) {
    const client = new IAMClient(where);
    await client.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = document({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
    await client.send(new PutUserPolicyCommand({ UserName, PolicyName: 'shop', PolicyDocument }));
    const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }));
    await client.send(new CreateAccessKeyCommand({ UserName }));
    return `${UserName}/${AccessKey?.AccessKeyId}`;
  },
  open: async () => {},
  async look(where, id) {
    const [UserName, keyId] = id.split('/');
    const client = new IAMClient(where);
    const { AccessKeyMetadata: keys = [] } = await client.send(new ListAccessKeysCommand({ UserName }));
    const { PolicyNames = [] } = await client.send(new ListUserPoliciesCommand({ UserName }));
    const isLeaked = (one: { AccessKeyId?: string | undefined }) => one.AccessKeyId === keyId;
    return {
      open: keys.filter((one) => isLeaked(one) && one.Status === 'Active'),
      innocent: {
        keys: keys.filter((one) => !isLeaked(one)),
        // The sessions of the leaked key are denied by a policy beside it.
        policies: PolicyNames.filter((name) => name !== 'SnapshutDeniedSessions'),
      },
    };
  },
  report: (id) => healthReport(id.split('/')[1] ?? ''),
};

/** https://docs.aws.amazon.com/health/latest/ug/aws-health-concepts-and-terms.html */
function healthReport(keyId: string): object {
  return {
    version: '0',
    id: `report-of-${keyId}`,
    'detail-type': 'AWS Health Event',
    source: 'aws.health',
    account: motoAccount,
    time: new Date().toISOString(),
    region: 'us-east-1',
    resources: [keyId],
    detail: {
      service: 'RISK',
      eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED',
      eventTypeCategory: 'issue',
      affectedEntities: [{ entityValue: keyId }],
    },
  };
}

type Named = [control: string, what: string, subject: Subject];

export const subjects: readonly [Named, ...Named[]] = [
  ['public-port', 'security group', securityGroup],
  ['public-bucket', 'bucket', bucket],
  ['bucket-block-public-access', 'bucket', blockedBucket],
  ['public-policy', 'queue', queue],
  ['public-policy', 'topic', topic],
  ['public-policy', 'key', key],
  ['public-sharing', 'snapshot', snapshot],
  ['exposed-key', 'access key', accessKey],
];
