import { expect, test } from 'vitest';
import { hintsOfArn } from '../../lib/events/arn.ts';
import { normalise } from '../../lib/normalise.ts';

const origin = { account: '123456789012', region: 'eu-central-1' };
const at = 'eu-west-1:999988887777';

test.each([
  [`arn:aws:ec2:${at}:security-group/sg-0123abcd`, 'firewall', 'sg-0123abcd'],
  [`arn:aws:ec2:${at}:network-acl/acl-0123abcd`, 'network-acl', 'acl-0123abcd'],
  [`arn:aws:ec2:${at}:instance/i-0123abcd`, 'instance', 'i-0123abcd'],
  [`arn:aws:ec2:${at}:snapshot/snap-0123abcd`, 'sharing', 'snap-0123abcd'],
  [`arn:aws:ec2:${at}:image/ami-0123abcd`, 'sharing', 'ami-0123abcd'],
  [`arn:aws:lambda:${at}:function:resize:live`, 'function', 'resize'],
  [`arn:aws:kms:${at}:key/1234-abcd`, 'policy', null],
  [`arn:aws:sns:${at}:alarms`, 'policy', null],
  [`arn:aws:secretsmanager:${at}:secret:db-Ab12Cd`, 'policy', null],
  [`arn:aws:rds:${at}:db:orders`, 'database', null],
  [`arn:aws:rds:${at}:snapshot:before`, 'sharing', null],
  [`arn:aws:rds:${at}:cluster-snapshot:before`, 'cluster-snapshot', 'before'],
  [`arn:aws:redshift:${at}:cluster:sales`, 'database', null],
  [`arn:aws:eks:${at}:cluster/prod`, 'cluster', 'prod'],
  [`arn:aws:elasticloadbalancing:${at}:listener/app/web/1/2`, 'listener', null],
  [`arn:aws:cloudtrail:${at}:trail/main`, 'trail', null],
  [`arn:aws:guardduty:${at}:detector/0ab1`, 'detector', '0ab1'],
  [`arn:aws-cn:sqs:${at}:orders.fifo`, 'policy', null],
])('%s', (arn, kind, id) => {
  expect(hintsOfArn(arn, origin)).toEqual([
    { provider: 'aws', account: '999988887777', region: 'eu-west-1', kind, id: id ?? arn },
  ]);
});

test('what an ARN leaves out is taken from where the message was written', () => {
  expect(hintsOfArn('arn:aws:s3:::shop-data/folder/file', origin)).toEqual([
    { provider: 'aws', ...origin, kind: 'bucket', id: 'shop-data' },
  ]);
  expect(hintsOfArn('arn:aws:s3:::shop-data', { account: null, region: 'eu-west-1' })).toEqual([]);
});

test.each([
  'arn:aws:ec2:eu-west-1:999988887777:vpc/vpc-0123',
  'arn:aws:ec2:eu-west-1:999988887777:security-group/sg-1; drop',
  'arn:aws:iam::999988887777:policy/x',
  'arn',
  '',
  `arn:aws:s3:::${'a'.repeat(1000)}`,
])('%s names nothing guarded', (arn) => {
  expect(hintsOfArn(arn, origin)).toEqual([]);
});

const asff = (Resources: unknown) => ({
  SchemaVersion: '2018-10-08',
  ProductArn: 'arn:aws:securityhub:eu-west-1::product/x/y',
  AwsAccountId: '123456789012',
  Region: 'eu-west-1',
  Resources,
});

test.each([
  [asff(null)],
  [asff('text')],
  [asff([null, 1, {}, { Type: {}, Id: [] }])],
  [asff([{ Type: 'AwsIamAccessKey', Id: '<script>' }])],
  [
    {
      'detail-type': 'Macie Finding',
      detail: { resourcesAffected: [] },
      account: '123456789012',
      region: 'eu-west-1',
    },
  ],
  [
    {
      'detail-type': 'AWS Health Event',
      detail: { eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED', affectedEntities: 7 },
    },
  ],
  [{ 'detail-type': 'GuardDuty Finding', detail: { resource: {}, service: { serviceName: 'guardduty' } } }],
  [{ findings: [asff([])] }],
])('a finding of a strange shape is answered: %j', (value) => {
  const event = normalise(value);

  expect(event.hints).toEqual([]);
  expect(event.ignored).not.toBeNull();
});

test('a finding of another tool on two resources names both, each once', () => {
  const group = {
    Type: 'AwsEc2SecurityGroup',
    Id: `arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123abcd`,
  };
  const bucket = { Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::shop-data' };

  expect(normalise(asff([group, bucket, group])).hints).toMatchObject([
    { kind: 'firewall', id: 'sg-0123abcd' },
    { kind: 'bucket', id: 'shop-data', region: 'eu-west-1', account: '123456789012' },
  ]);
});
