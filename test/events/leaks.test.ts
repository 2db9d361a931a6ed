import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { normalise, normaliseAll } from '../../lib/normalise.ts';

const key = 'AKIAIOSFODNN7EXAMPLE';
const session = 'ASIAIOSFODNN7EXAMPLE';
const account = '123456789012';

/** Which credentials an event names, and what it says of them. */
function named(event: unknown) {
  return normaliseAll(event)
    .flatMap((one) => one.hints)
    .filter(({ kind }) => ['credential', 'sessions', 'session-key', 'keys-of-user'].includes(kind))
    .map(({ kind, id, region, leak }) => ({
      kind,
      id,
      region,
      by: leak?.by ?? null,
      sure: leak?.sure ?? null,
    }));
}

function guardDuty(type: string, accessKeyDetails: object, service: object = {}) {
  return {
    'detail-type': 'GuardDuty Finding',
    source: 'aws.guardduty',
    account,
    region: 'eu-central-1',
    detail: {
      accountId: account,
      region: 'eu-central-1',
      id: 'f-1',
      type,
      resource: { resourceType: 'AccessKey', accessKeyDetails },
      service: { serviceName: 'guardduty', archived: false, ...service },
    },
  };
}

const ofUser = { accessKeyId: key, userName: 'deploy', userType: 'IAMUser' };
const ofInstance = {
  accessKeyId: session,
  userName: 'web',
  userType: 'AssumedRole',
  principalId: 'AROA:i-0abc',
};

describe('GuardDuty', () => {
  const whole = { region: 'global' };
  test.each([
    ['UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom', ofUser, 'credential', key, true],
    ['UnauthorizedAccess:IAMUser/TorIPCaller', ofUser, 'credential', key, true],
    ['PenTest:IAMUser/KaliLinux', ofUser, 'credential', key, true],
    ['CredentialAccess:IAMUser/CompromisedCredentials', ofUser, 'credential', key, true],
    ['Exfiltration:IAMUser/AnomalousBehavior', ofUser, 'credential', key, false],
    [
      'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
      ofInstance,
      'sessions',
      'role/web',
      true,
    ],
    [
      'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS',
      ofInstance,
      'sessions',
      'role/web',
      true,
    ],
    [
      'UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS',
      ofInstance,
      'sessions',
      'role/web',
      true,
    ],
    [
      'UnauthorizedAccess:IAMUser/TorIPCaller',
      { ...ofUser, accessKeyId: session },
      'sessions',
      'user/deploy',
      true,
    ],
    ['UnauthorizedAccess:IAMUser/TorIPCaller', { accessKeyId: session }, 'session-key', session, true],
  ])('%s leads to %j as the leak that it is', (type, details, kind, id, sure) => {
    expect(named(guardDuty(type, details))).toEqual([{ kind, id, ...whole, by: `GuardDuty ${type}`, sure }]);
  });

  test.each([
    ['Policy:IAMUser/RootCredentialUsage', ofUser, {}],
    ['Discovery:IAMUser/AnomalousBehavior', ofUser, {}],
    ['UnauthorizedAccess:IAMUser/TorIPCaller', ofUser, { archived: true }],
  ])('%s of %j %j only names the key', (type, details, service) => {
    expect(named(guardDuty(type, details, service))).toEqual([
      { kind: 'credential', id: key, region: 'global', by: null, sure: null },
    ]);
  });

  test('a key id that could not be one is left out', () => {
    const event = guardDuty('UnauthorizedAccess:IAMUser/TorIPCaller', { accessKeyId: '../../x; rm' });
    expect(named(event)).toEqual([]);
  });
});

describe('AWS Health', () => {
  const detail = { eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED', service: 'RISK' };
  const envelope = { 'detail-type': 'AWS Health Event', source: 'aws.health', account, region: 'us-east-1' };
  test.each([
    ['of 2016', { ...detail, affectedEntities: [{ entityValue: key }] }],
    ['of 2025', { ...detail, affectedEntities: [{ entityValue: key }], eventMetadata: { publicKey: key } }],
  ])('the report %s is a leak of that key', (_shape, of) => {
    expect(named({ ...envelope, detail: of })).toEqual([
      { kind: 'credential', id: key, region: 'global', by: 'AWS Health', sure: true },
    ]);
  });

  test('another event of AWS Health is none', () => {
    const of = { eventTypeCode: 'AWS_EC2_MAINTENANCE', affectedEntities: [{ entityValue: key }] };
    expect(named({ ...envelope, detail: of })).toEqual([]);
  });
});

describe('Security Hub', () => {
  const hub = (of: object, resource: object = {}) => ({
    'detail-type': 'Security Hub Findings - Imported',
    source: 'aws.securityhub',
    account,
    region: 'eu-central-1',
    detail: {
      findings: [
        {
          SchemaVersion: '2018-10-08',
          ProductArn: 'arn:aws:securityhub:eu-central-1::product/aws/guardduty',
          AwsAccountId: account,
          Resources: [
            {
              Type: 'AwsIamAccessKey',
              Id: `AWS::IAM::AccessKey:${key}`,
              Region: 'eu-central-1',
              ...resource,
            },
          ],
          ...of,
        },
      ],
    },
  });
  const tor = ['TTPs/UnauthorizedAccess/UnauthorizedAccess:IAMUser-TorIPCaller'];

  test("GuardDuty's finding in its spelling is a leak, and so is Health's", () => {
    expect(named(hub({ Types: tor }))).toMatchObject([{ id: key, sure: true }]);
    expect(named(hub({ GeneratorId: 'aws-health/AWS_RISK_CREDENTIALS_EXPOSED' }))).toMatchObject([
      { id: key, by: 'AWS Health' },
    ]);
  });

  test.each([
    { RecordState: 'ARCHIVED' },
    { Workflow: { Status: 'RESOLVED' } },
    { Workflow: { Status: 'SUPPRESSED' } },
  ])('a finding that is over (%j) is none', (over) => {
    expect(named(hub({ Types: tor, ...over }))).toMatchObject([{ id: key, by: null }]);
  });

  test('of a session the role is named', () => {
    const arn = `arn:aws:iam::${account}:role/web`;
    const Details = {
      AwsIamAccessKey: { AccessKeyId: session, SessionContext: { SessionIssuer: { Arn: arn } } },
    };
    expect(named(hub({ Types: tor }, { Details }))).toMatchObject([
      { kind: 'credential', id: arn, sure: true },
    ]);
  });
});

describe('the audit trail', () => {
  const record = {
    eventVersion: '1.11',
    eventID: 'e-1',
    eventSource: 'iam.amazonaws.com',
    eventTime: '2026-11-24T08:00:00Z',
    awsRegion: 'us-east-1',
    recipientAccountId: account,
  };

  test("AWS's quarantine of a user leads to all keys of the user, and other policies do not", () => {
    const attached = (policyArn: string) => ({
      ...record,
      eventName: 'AttachUserPolicy',
      requestParameters: { userName: 'deploy', policyArn },
    });
    expect(named(attached('arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3'))).toEqual([
      { kind: 'keys-of-user', id: 'deploy', region: 'global', by: null, sure: null },
    ]);
    expect(named(attached('arn:aws:iam::aws:policy/ReadOnlyAccess'))).toEqual([]);
  });

  test('a key that the root user makes is looked at', () => {
    const made = {
      ...record,
      eventName: 'CreateAccessKey',
      userIdentity: { type: 'Root', accountId: account },
      requestParameters: null,
      responseElements: { accessKey: { accessKeyId: key, status: 'Active' } },
    };
    expect(normalise(made).hints.map((one) => one.kind)).toEqual(['account-worldwide', 'credential']);
  });
});

test('our own event says who found out, and nothing that would drive a terminal', () => {
  const resources = [{ provider: 'aws', account, region: 'global', kind: 'credential', id: key }];
  expect(named({ resources, leak: { by: 'a colleague' } })).toMatchObject([
    { by: 'a colleague', sure: true },
  ]);
  expect(named({ resources, leak: { by: '\u001b[2J<b>', sure: false } })).toMatchObject([
    { by: 'a report', sure: false },
  ]);
  expect(named({ resources, leak: 'yes' })).toMatchObject([{ by: null }]);
});

test('the sample of AWS Health names a key of the length that keys have', () => {
  const sample = readFileSync(
    new URL('../../events/aws/finding-health-exposed-key.json', import.meta.url),
    'utf8',
  );
  expect(named(JSON.parse(sample))).toMatchObject([{ id: key, by: 'AWS Health' }]);
  expect(key).toHaveLength(20);
});
