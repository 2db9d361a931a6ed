import type { Json } from '../model.ts';
import { placed } from './arn.ts';
import { isAccountId, isId, isRegion } from './ids.ts';
import { field, isFields, parsed, text } from './json.ts';
import { idOf, malformed, type Normalised, named, timeOf } from './normalised.ts';

const kindOfType: { [resourceType: string]: string } = {
  'AWS::EC2::SecurityGroup': 'firewall',
  'AWS::EC2::NetworkAcl': 'network-acl',
  'AWS::EC2::PrefixList': 'prefix-list',
  'AWS::EC2::Instance': 'machine',
  'AWS::S3::Bucket': 'bucket',
  'AWS::SQS::Queue': 'queue',
  'AWS::SNS::Topic': 'topic',
  'AWS::KMS::Key': 'key',
  'AWS::Lambda::Function': 'function',
  'AWS::ECR::Repository': 'repository',
  'AWS::SecretsManager::Secret': 'secret',
  'AWS::EFS::FileSystem': 'file-system',
  'AWS::EC2::NetworkInterface': 'network-interface',
  'AWS::EC2::LaunchTemplate': 'instance',
  'AWS::EC2::FlowLog': 'flow-log',
  'AWS::CloudTrail::Trail': 'trail',
  'AWS::Redshift::Cluster': 'warehouse',
  'AWS::EKS::Cluster': 'cluster',
  'AWS::RDS::DBClusterSnapshot': 'cluster-snapshot',
  'AWS::RDS::DBSnapshot': 'database-snapshot',
  'AWS::GuardDuty::Detector': 'detector',
  'AWS::Events::EventBus': 'event-bus',
  'AWS::Backup::BackupVault': 'backup-vault',
  'AWS::SSM::Document': 'document',
  'AWS::CloudFront::Distribution': 'distribution-worldwide',
};

/** Config names these by ids that their own calls do not take, and beside that by their names. */
const kindByName: { [resourceType: string]: string } = {
  'AWS::RDS::DBInstance': 'database-instance',
  'AWS::IAM::User': 'user-name',
  'AWS::IAM::Role': 'role-name',
  'AWS::Config::ConfigurationRecorder': 'config-recorder',
  'AWS::Events::Rule': 'event-rule',
};

export function isConfigMessage(value: unknown): boolean {
  const own = ['configurationItem', 'configurationItemSummary', 'newEvaluationResult'];
  if (own.some((name) => isFields(field(value, name)))) return true;
  return text(value, 'configRuleArn') !== null && text(value, 'invokingEvent') !== null;
}

/**
 * AWS Config's configuration items, their oversized form, compliance changes and what it hands to a rule.
 * https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
 * A deleted or compliant resource is looked at too: the reading says what is true now.
 */
export function fromConfig(message: unknown, envelope: unknown): Normalised {
  const body = parsed(field(message, 'invokingEvent')) ?? message;
  const item = field(body, 'configurationItem') ?? field(body, 'configurationItemSummary') ?? body;
  const type = named(field(item, 'resourceType'));
  const resourceId = text(item, 'resourceId');
  if (type === null || resourceId === null)
    return malformed(message, 'a Config message without resourceType or resourceId');

  const account = [field(item, 'awsAccountId'), field(message, 'accountId'), field(envelope, 'account')].find(
    isAccountId,
  );
  const region = [field(item, 'awsRegion'), field(envelope, 'region')].find(isRegion);
  const name = named(field(body, 'messageType')) ?? 'ConfigMessage';
  const event: Omit<Normalised, 'hints' | 'dropped' | 'ignored'> = {
    eventId: idOf([field(envelope, 'id')], message),
    at: timeOf(
      field(item, 'configurationItemCaptureTime'),
      field(body, 'notificationCreationTime'),
      field(envelope, 'time'),
    ),
    account: account ?? null,
    region: region ?? null,
    actor: null,
    name,
    malformed: false,
  };
  const nothing = (ignored: string): Normalised => ({ ...event, hints: [], dropped: 0, ignored });

  const resourceName = text(item, 'resourceName');
  const byName = resourceName !== null && Object.hasOwn(kindByName, type) ? kindByName[type] : undefined;
  const kind = byName ?? (Object.hasOwn(kindOfType, type) ? kindOfType[type] : undefined);
  if (!kind) return nothing(`no resource of a guarded kind in ${name} of ${type}`);
  if (!account || !region) {
    return {
      ...nothing(`malformed event: ${name} names no ${account ? 'region' : 'account'}`),
      malformed: true,
    };
  }
  const id = byName && resourceName !== null ? resourceName : resourceId;
  if (!isId(kind, id)) return { ...nothing(`the id in ${name} has the shape of none`), dropped: 1 };
  const before = watchers.has(type) ? beforeDeletion(body) : undefined;
  const hints = placed({ kind, id }, { account, region }).map((one) => ({
    ...one,
    ...(before !== undefined && { before }),
  }));
  return { ...event, hints, dropped: 0, ignored: null };
}

/** Types of what is made anew when it is deleted. */
const watchers = new Set([
  'AWS::CloudTrail::Trail',
  'AWS::Config::ConfigurationRecorder',
  'AWS::EC2::FlowLog',
  'AWS::Events::Rule',
  'AWS::GuardDuty::Detector',
]);
const beforeMaxLength = 64_000;

/**
 * What the deleted thing was, in Config's words.
 * https://repost.aws/knowledge-center/config-configurationitemdiff (DELETE-DELETE)
 */
function beforeDeletion(body: unknown): Json | undefined {
  const diff = field(body, 'configurationItemDiff');
  if (field(diff, 'changeType') !== 'DELETE') return undefined;
  const before = field(field(field(diff, 'changedProperties'), 'Configuration'), 'previousValue');
  const content = isFields(before) ? JSON.stringify(before) : typeof before === 'string' ? before : '';
  const read = content.length > beforeMaxLength ? undefined : parsed(content);
  return isFields(read) ? (read as { [key: string]: Json }) : {};
}
