import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalise, normaliseAll } from '../../lib/normalise.ts';

const record = {
  eventVersion: '1.08',
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLEEXAMPLE:maria',
    arn: 'arn:aws:sts::123456789012:assumed-role/developer/maria',
    accountId: '123456789012',
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
  },
  eventTime: '2026-11-20T09:14:02Z',
  eventSource: 'ec2.amazonaws.com',
  eventName: 'AuthorizeSecurityGroupIngress',
  awsRegion: 'eu-central-1',
  sourceIPAddress: '198.51.100.7',
  userAgent: 'aws-cli/2.15.30 Python/3.11.8 Linux/6.5.0',
  requestParameters: { groupId: 'sg-0123456789abcdef0' },
  responseElements: { _return: true },
  eventID: '6c3a0f5e-1b2c-4d3e-8f4a-5b6c7d8e9f00',
  readOnly: false,
  recipientAccountId: '123456789012',
};
const group = {
  provider: 'aws',
  account: '123456789012',
  region: 'eu-central-1',
  kind: 'firewall',
  id: 'sg-0123456789abcdef0',
};
const envelope = {
  version: '0',
  id: '0d9d2b0e-7f5e-4a8c-9a3f-2f1e6d5c4b3a',
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2026-11-20T09:14:02Z',
  region: 'eu-central-1',
  resources: [],
  detail: record,
};

describe('an event is found in every wrapping', () => {
  test.each([
    ['a CloudTrail record', record],
    ['an EventBridge envelope', envelope],
    ['a log file of one record', { Records: [record] }],
    ['a list of one event', [envelope]],
    [
      'an SQS message',
      { messageId: 'm', receiptHandle: 'r', body: JSON.stringify(envelope), eventSource: 'aws:sqs' },
    ],
    ['a Lambda batch of one', { Records: [{ body: JSON.stringify(envelope), eventSource: 'aws:sqs' }] }],
    ['an SNS record', { Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(envelope) } }] }],
    [
      'an SNS notification inside an SQS message',
      {
        eventSource: 'aws:sqs',
        body: JSON.stringify({ Type: 'Notification', Message: JSON.stringify(envelope) }),
      },
    ],
  ])('%s', (_, value) => {
    const event = normalise(value);

    expect(event).toMatchObject({ eventId: record.eventID, hints: [group], ignored: null, dropped: 0 });
  });

  test('our own list of resources', () => {
    const bad = { ...group, provider: 'nowhere' };

    expect(normalise({ resources: [group, bad] })).toMatchObject({
      hints: [group],
      dropped: 1,
      ignored: null,
    });
  });

  test('a batch gives an event each, and as one event it is malformed, not half done', () => {
    const batch = { Records: [record, { ...record, eventID: 'second' }, 7] };

    expect(normaliseAll(batch).map((event) => event.eventId.slice(0, 7))).toEqual([
      '6c3a0f5',
      'second',
      'content',
    ]);
    expect(normalise(batch)).toMatchObject({ hints: [], malformed: true });
  });
});

describe('a resource is found in every form of a call', () => {
  const firewall = (id: string) => ({ kind: 'firewall', id });
  const sg = 'sg-0123456789abcdef0';
  test.each<[string, string, object, object | null, object[]]>([
    ['a version in the name', 'AuthorizeSecurityGroupIngress20150301', { groupId: sg }, null, [firewall(sg)]],
    [
      'a short version in the name',
      'AuthorizeSecurityGroupIngress2_0',
      { groupId: sg },
      null,
      [firewall(sg)],
    ],
    [
      'the nested form',
      'ModifySecurityGroupRules',
      {
        ModifySecurityGroupRulesRequest: {
          GroupId: sg,
          SecurityGroupRule: { SecurityGroupRuleId: 'sgr-1', tag: 1 },
        },
      },
      { ModifySecurityGroupRulesResponse: { return: true } },
      [firewall(sg)],
    ],
    [
      'the nested form with a version',
      'AuthorizeSecurityGroupEgress20150301',
      { AuthorizeSecurityGroupEgressRequest: { GroupId: sg } },
      null,
      [firewall(sg)],
    ],
    [
      'a group name',
      'AuthorizeSecurityGroupIngress',
      { groupName: 'web' },
      null,
      [{ kind: 'firewall-name', id: 'web' }],
    ],
    [
      'a group name in a network',
      'AuthorizeSecurityGroupIngress',
      { groupName: 'web/front', vpcId: 'vpc-0aaa' },
      null,
      [{ kind: 'firewall-name', id: 'vpc-0aaa/web/front' }],
    ],
    ['what a creation answers', 'CreateSecurityGroup', { groupName: 'web' }, { groupId: sg }, [firewall(sg)]],
    [
      'groups in items',
      'ModifyInstanceAttribute',
      { instanceId: 'i-0aaaa', groupSet: { items: [{ groupId: sg }, { groupId: 'sg-0bbbb' }] } },
      null,
      [firewall(sg), firewall('sg-0bbbb')],
    ],
    [
      'groups in an array',
      'ModifyNetworkInterfaceAttribute',
      { groupSet: [{ groupId: sg }] },
      null,
      [firewall(sg)],
    ],
    [
      'groups of every interface of an instance, once each',
      'RunInstances',
      {},
      {
        groupSet: {},
        instancesSet: {
          items: [
            {
              groupSet: { items: [{ groupId: sg }] },
              networkInterfaceSet: { items: [{ groupSet: { items: [{ groupId: sg }] } }] },
            },
          ],
        },
      },
      [firewall(sg)],
    ],
    [
      'the instance where no group is named',
      'RunInstances',
      {},
      { instancesSet: { items: [{ instanceId: 'i-0123456789abcdef0' }] } },
      [{ kind: 'instance', id: 'i-0123456789abcdef0' }],
    ],
    [
      'the groups an interface was given',
      'CreateNetworkInterface',
      { groupSet: {} },
      { networkInterface: { groupSet: { items: [{ groupId: sg }] } } },
      [firewall(sg)],
    ],
    [
      'an ACL',
      'ReplaceNetworkAclEntry',
      { networkAclId: 'acl-0123' },
      null,
      [{ kind: 'network-acl', id: 'acl-0123' }],
    ],
    [
      'a new ACL',
      'CreateNetworkAcl',
      { vpcId: 'vpc-1' },
      { networkAcl: { networkAclId: 'acl-0123' } },
      [{ kind: 'network-acl', id: 'acl-0123' }],
    ],
    [
      'a new prefix list, nested',
      'CreateManagedPrefixList',
      { CreateManagedPrefixListRequest: { PrefixListName: 'x' } },
      { CreateManagedPrefixListResponse: { PrefixList: { PrefixListId: 'pl-0123' } } },
      [{ kind: 'prefix-list', id: 'pl-0123' }],
    ],
  ])('%s', (_, eventName, requestParameters, responseElements, hints) => {
    const event = normalise({ ...record, eventName, requestParameters, responseElements });

    const found = event.hints.filter((hint) => hint.kind !== 'machine');
    expect(found).toEqual(hints.map((hint) => ({ ...group, ...hint })));
    expect(event.ignored).toBeNull();
  });
});

describe('what is not looked at says why', () => {
  test.each<[string, unknown, string]>([
    [
      'a refused call',
      { ...record, errorCode: 'Client.UnauthorizedOperation' },
      'failed API call AuthorizeSecurityGroupIngress: Client.UnauthorizedOperation',
    ],
    [
      'an error without a code',
      { ...record, errorMessage: 'secret things' },
      'failed API call AuthorizeSecurityGroupIngress: an error without a code',
    ],
    ['a read', { ...record, eventName: 'DescribeInstances', readOnly: true }, 'DescribeInstances only reads'],
    [
      'an unknown call',
      { ...record, eventName: 'FlyToTheMoon' },
      'unknown event: no resource of a guarded kind in FlyToTheMoon',
    ],
    [
      'a sign-in',
      {
        ...envelope,
        'detail-type': 'AWS Console Sign In via CloudTrail',
        detail: { ...record, eventSource: 'signin.amazonaws.com', eventName: 'ConsoleLogin' },
      },
      'no resource of a guarded kind in ConsoleLogin',
    ],
    [
      'another detail-type',
      { ...envelope, 'detail-type': 'GuardDuty Finding' },
      'unknown event: no resource of a guarded kind in GuardDuty Finding',
    ],
    [
      'a hostile id',
      { ...record, requestParameters: { groupId: 'sg-1"><script>' } },
      'the id in AuthorizeSecurityGroupIngress has the shape of none',
    ],
    [
      'no account',
      { ...record, recipientAccountId: undefined, userIdentity: {} },
      'malformed event: AuthorizeSecurityGroupIngress names no account',
    ],
    [
      'no region',
      { ...record, awsRegion: 7 },
      'malformed event: AuthorizeSecurityGroupIngress names no region',
    ],
    ['a number', 42, 'malformed event: not an event but a number'],
    ['an empty list', [], 'malformed event: not an event but an empty list'],
    ['some object', { a: 1 }, 'malformed event: of no known shape'],
    ['an envelope alone', { 'detail-type': 'x' }, 'malformed event: an envelope without detail'],
  ])('%s', (_, value, why) => {
    const event = normalise(value);

    expect(event.ignored).toBe(why);
    expect(event.hints).toEqual([]);
  });
});

describe('the account and region', () => {
  test('of the recipient count, not the ones of the caller', () => {
    const { account } = normalise({
      ...record,
      userIdentity: { ...record.userIdentity, accountId: '999988887777' },
    });

    expect(account).toBe('123456789012');
  });

  test('are taken from the caller or the envelope where the record has none', () => {
    const { recipientAccountId: _, awsRegion: __, userIdentity: ___, ...bare } = record;

    expect(normalise({ ...envelope, detail: bare }).hints).toEqual([group]);
  });
});

describe('the actor', () => {
  test('is a role and session, how it came and from where, and never a key', () => {
    const { actor } = normalise(record);

    expect(actor).toEqual({
      name: 'arn:aws:sts::123456789012:assumed-role/developer/maria',
      type: 'AssumedRole',
      via: 'cli',
      sourceIp: '198.51.100.7',
    });
    expect(JSON.stringify(normalise(record))).not.toContain('ASIA');
  });

  test.each([
    [
      'terraform',
      { userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.9 terraform-provider-aws/5 aws-sdk-go-v2/1.3' },
    ],
    ['console', { userAgent: 'Mozilla/5.0', sessionCredentialFromConsole: 'true' }],
    ['console', { userAgent: 'console.ec2.amazonaws.com' }],
    ['sdk', { userAgent: 'Boto3/1.26.165 Python/3.10.6 Botocore/1.29' }],
    ['cloudformation', { userIdentity: { type: 'IAMUser', invokedBy: 'cloudformation.amazonaws.com' } }],
    ['autoscaling', { userAgent: 'autoscaling.amazonaws.com', sourceIPAddress: 'autoscaling.amazonaws.com' }],
    [null, { userAgent: 'curl' }],
  ])('came by %s', (via, fields) => {
    expect(normalise({ ...record, ...fields }).actor?.via).toBe(via);
  });
});

describe('whatever comes', () => {
  test('an id follows from the content where the event has none', () => {
    const { eventID: _, ...nameless } = record;

    expect(normalise(nameless).eventId).toBe(normalise(structuredClone(nameless)).eventId);
    expect(normalise(nameless).eventId).not.toBe(normalise({ ...nameless, awsRegion: 'eu-west-1' }).eventId);
  });

  test('a hundred thousand levels are malformed', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);

    expect(normalise(deep)).toMatchObject({
      malformed: true,
      ignored: 'malformed event: nested deeper than 64 levels',
    });
    expect(normalise({ ...record, requestParameters: { groupId: deep } }).malformed).toBe(true);
  });

  test('any JSON value gets an answer with a reason or with hints', () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.constant(JSON.parse('{"__proto__": {"eventName": "X"}, "constructor": 1}')),
    );
    const broken = fc.record({
      at: fc.constantFrom(
        ...Object.keys(record),
        'detail',
        'body',
        'Records',
        'resources',
        'configurationItem',
        '__proto__',
      ),
      value: odd,
    });
    const anything = fc.oneof(
      odd,
      broken.map(({ at, value }) => ({ ...record, [at]: value })),
      broken.map(({ at, value }) => ({ ...envelope, [at]: value })),
      broken.map(({ at, value }) => ({ ...envelope, detail: { ...record, [at]: value } })),
      odd.map((value) => ({ Records: [value] })),
      odd.map((value) => ({ eventSource: 'aws:sqs', body: JSON.stringify(value) })),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const event = normalise(value);
        expect(event.ignored === null).toBe(event.hints.length > 0);
        expect(event.eventId).toMatch(/^\S{1,128}$/);
        expect(normalise(value)).toEqual(event);
      }),
      { numRuns: 2000 },
    );
  });
});
