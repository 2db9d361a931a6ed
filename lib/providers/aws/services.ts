import type { ClientConfig, Clients, Place } from './clients.ts';
import { endLists } from './endless-list.ts';

/** The client of a service in a place, with its commands; the SDK is loaded when the service is first touched. */
type ServiceOf<Sdk, Client> = (clients: Clients, place: Place) => Promise<{ client: Client; sdk: Sdk }>;

function service<Sdk, Client extends { middlewareStack: object }>(
  name: string,
  load: () => Promise<Sdk>,
  make: (sdk: Sdk, config: ClientConfig) => Client,
): ServiceOf<Sdk, Client> {
  return (clients, place) =>
    clients.get(name, place, async (config) => {
      const sdk = await load();
      const client = make(sdk, worldly(config));
      endLists(client);
      return { client, sdk };
    });
}

/** What has no region is reached through the one that AWS keeps it in. */
function worldly(config: ClientConfig): ClientConfig {
  return config.region === 'global' ? { ...config, region: 'us-east-1' } : config;
}

// Paths work with every name and every endpoint; a bucket in the host name needs DNS that a local AWS has not.
export const s3Of = service(
  's3',
  () => import('@aws-sdk/client-s3'),
  (sdk, config) => new sdk.S3Client({ ...config, forcePathStyle: true, followRegionRedirects: true }),
);

export const s3ControlOf = service(
  's3control',
  () => import('@aws-sdk/client-s3-control'),
  (sdk, config) => {
    const client = new sdk.S3ControlClient(config);
    const resolve = client.config.endpointProvider;
    // The account is put before the host, which no local endpoint's name resolves; it is in a header too.
    client.config.endpointProvider = (params, context) => {
      const isLocal = /^https?:\/\/((\d{1,3}\.){3}\d{1,3}|localhost)(:|\/|$)/.test(params.Endpoint ?? '');
      return resolve(isLocal ? { ...params, RequiresAccountId: false } : params, context);
    };
    return client;
  },
);

export const sqsOf = service(
  'sqs',
  () => import('@aws-sdk/client-sqs'),
  (sdk, config) => new sdk.SQSClient(config),
);
export const snsOf = service(
  'sns',
  () => import('@aws-sdk/client-sns'),
  (sdk, config) => new sdk.SNSClient(config),
);
export const kmsOf = service(
  'kms',
  () => import('@aws-sdk/client-kms'),
  (sdk, config) => new sdk.KMSClient(config),
);
export const ecrOf = service(
  'ecr',
  () => import('@aws-sdk/client-ecr'),
  (sdk, config) => new sdk.ECRClient(config),
);
export const secretsOf = service(
  'secretsmanager',
  () => import('@aws-sdk/client-secrets-manager'),
  (sdk, config) => new sdk.SecretsManagerClient(config),
);
export const lambdaOf = service(
  'lambda',
  () => import('@aws-sdk/client-lambda'),
  (sdk, config) => new sdk.LambdaClient(config),
);
export const efsOf = service(
  'efs',
  () => import('@aws-sdk/client-efs'),
  (sdk, config) => new sdk.EFSClient(config),
);
export const openSearchOf = service(
  'opensearch',
  () => import('@aws-sdk/client-opensearch'),
  (sdk, config) => new sdk.OpenSearchClient(config),
);
export const eventsOf = service(
  'events',
  () => import('@aws-sdk/client-eventbridge'),
  (sdk, config) => new sdk.EventBridgeClient(config),
);
export const backupOf = service(
  'backup',
  () => import('@aws-sdk/client-backup'),
  (sdk, config) => new sdk.BackupClient(config),
);
export const glacierOf = service(
  'glacier',
  () => import('@aws-sdk/client-glacier'),
  (sdk, config) => new sdk.GlacierClient(config),
);
export const rdsOf = service(
  'rds',
  () => import('@aws-sdk/client-rds'),
  (sdk, config) => new sdk.RDSClient(config),
);
export const redshiftOf = service(
  'redshift',
  () => import('@aws-sdk/client-redshift'),
  (sdk, config) => new sdk.RedshiftClient(config),
);
export const iamOf = service(
  'iam',
  () => import('@aws-sdk/client-iam'),
  (sdk, config) => new sdk.IAMClient(config),
);
/** For calls that must not be repeated by themselves. */
export const iamOnceOf = service(
  'iam-once',
  () => import('@aws-sdk/client-iam'),
  (sdk, config) => new sdk.IAMClient({ ...config, maxAttempts: 1 }),
);
export const stsOf = service(
  'sts',
  () => import('@aws-sdk/client-sts'),
  (sdk, config) => new sdk.STSClient(config),
);
export const cloudTrailOf = service(
  'cloudtrail',
  () => import('@aws-sdk/client-cloudtrail'),
  (sdk, config) => new sdk.CloudTrailClient(config),
);
/** Asks many regions of which some may not answer: few tries each. */
export const trailLookupOf = service(
  'cloudtrail-lookup',
  () => import('@aws-sdk/client-cloudtrail'),
  (sdk, config) => new sdk.CloudTrailClient({ ...config, maxAttempts: 2 }),
);
export const configOf = service(
  'config',
  () => import('@aws-sdk/client-config-service'),
  (sdk, config) => new sdk.ConfigServiceClient(config),
);
export const guardDutyOf = service(
  'guardduty',
  () => import('@aws-sdk/client-guardduty'),
  (sdk, config) => new sdk.GuardDutyClient(config),
);
export const acmOf = service(
  'acm',
  () => import('@aws-sdk/client-acm'),
  (sdk, config) => new sdk.ACMClient(config),
);
export const eksOf = service(
  'eks',
  () => import('@aws-sdk/client-eks'),
  (sdk, config) => new sdk.EKSClient(config),
);
export const elbOf = service(
  'elb',
  () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  (sdk, config) => new sdk.ElasticLoadBalancingV2Client(config),
);
export const cloudFrontOf = service(
  'cloudfront',
  () => import('@aws-sdk/client-cloudfront'),
  (sdk, config) => new sdk.CloudFrontClient(config),
);
export const dmsOf = service(
  'dms',
  () => import('@aws-sdk/client-database-migration-service'),
  (sdk, config) => new sdk.DatabaseMigrationServiceClient(config),
);
export const kafkaOf = service(
  'kafka',
  () => import('@aws-sdk/client-kafka'),
  (sdk, config) => new sdk.KafkaClient(config),
);
export const ssmOf = service(
  'ssm',
  () => import('@aws-sdk/client-ssm'),
  (sdk, config) => new sdk.SSMClient(config),
);
export const cloudWatchOf = service(
  'cloudwatch',
  () => import('@aws-sdk/client-cloudwatch'),
  (sdk, config) => new sdk.CloudWatchClient(config),
);
export const securityHubOf = service(
  'securityhub',
  () => import('@aws-sdk/client-securityhub'),
  (sdk, config) => new sdk.SecurityHubClient(config),
);
