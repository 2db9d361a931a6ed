import type { Hint } from '../model.ts';
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
  const id = text(item, 'resourceId');
  if (type === null || id === null)
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

  const kind = Object.hasOwn(kindOfType, type) ? kindOfType[type] : undefined;
  if (!kind) return nothing(`no resource of a guarded kind in ${name} of ${type}`);
  if (!account || !region) {
    return {
      ...nothing(`malformed event: ${name} names no ${account ? 'region' : 'account'}`),
      malformed: true,
    };
  }
  if (!isId(kind, id)) return { ...nothing(`the id in ${name} has the shape of none`), dropped: 1 };
  const hint: Hint = { provider: 'aws', account, region, kind, id };
  return { ...event, hints: [hint], dropped: 0, ignored: null };
}
