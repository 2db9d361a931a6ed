import { describe, expect, test } from 'vitest';
import { names } from '../../lib/backtest/reducers.ts';
import { account, orders, record, region, tested, timeAt } from './records.ts';
import { acl, admin, ec2, entry, of, s3, stories } from './stories.ts';
import { storiesOfSettings } from './stories-of-settings.ts';

describe('what was opened and closed', () => {
  test.each([...stories, ...storiesOfSettings])('%s', async (_, kind, id, control, outcome, told) => {
    for (const order of orders(told.map(record))) {
      const { exposures } = await tested(order);
      const own = exposures.filter((one) => one.control === control);
      expect(own).toMatchObject([
        { resource: { kind, id, account }, openedAt: timeAt(10), closedAt: timeAt(40), outcome },
      ]);
    }
  });

  test('every call that is replayed is found unparsed by the letters that its name begins with', () => {
    for (const name of names) expect(name).toMatch(/^[A-Za-z]+$/);
  });
});

describe('what is not known is not guessed', () => {
  test('an entry of an ACL whose other entries nobody told of, which may deny it', async () => {
    const { exposures, summary } = await tested(
      [ec2(10, 'CreateNetworkAclEntry', entry(100, 'allow', 22))].map(record),
    );

    expect(exposures).toEqual([]);
    expect(summary).toMatchObject({ resources: 1, unknownBefore: 1, notJudged: 1, clean: 0 });
  });

  test('an administrator of a role that may be old, which is one on purpose', async () => {
    const told = [of('iam', 10, 'AttachRolePolicy', { roleName: 'ops', policyArn: admin })];

    expect((await tested(told.map(record))).exposures).toEqual([]);
  });

  test('an allowed port behind an earlier deny', async () => {
    const told = [
      acl,
      ec2(5, 'CreateNetworkAclEntry', entry(90, 'deny', 22)),
      ec2(10, 'CreateNetworkAclEntry', entry(100, 'allow', 22)),
    ];

    expect((await tested(told.map(record))).exposures).toEqual([]);
  });

  test('the block and the encryption of a bucket that is only tagged by a policy', async () => {
    const harmless = { Version: '2012-10-17', Statement: [] };

    const { exposures } = await tested([s3(10, 'PutBucketPolicy', { bucketPolicy: harmless })].map(record));

    expect(exposures).toEqual([]);
  });
});

describe('what the policy file asks for', () => {
  test('strangers whom a label lets into a queue, once it names who is none', async () => {
    const queue = { queueUrl: `https://sqs.${region}.amazonaws.com/${account}/orders`, label: 'partner' };
    const told = [
      of('sqs', 10, 'AddPermission', { ...queue, aWSAccountIds: ['999999999999'], actions: ['SendMessage'] }),
      of('sqs', 40, 'RemovePermission', queue),
    ];

    const { exposures } = await tested(told.map(record), 'principals: {trustedAccounts: ["111122223333"]}');

    expect(exposures).toMatchObject([
      { control: 'public-policy', outcome: 'asked', openedAt: timeAt(10), closedAt: timeAt(40) },
    ]);
  });

  test.each(['open-egress', 'mail-egress'])('%s of a new group', async (control) => {
    const told = [
      ec2(10, 'CreateSecurityGroup', { groupName: 'web' }, { groupId: 'sg-0aaa1111' }),
      ec2(40, 'RevokeSecurityGroupEgress', {
        groupId: 'sg-0aaa1111',
        ipPermissions: { items: [{ ipProtocol: '-1', ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }] },
      }),
    ];

    const { exposures } = await tested(told.map(record), `controls: {${control}: {mode: tell}}`);

    expect(exposures).toMatchObject([{ control, openedAt: timeAt(10), closedAt: timeAt(40) }]);
  });
});

describe('sign-ins', () => {
  const root = { type: 'Root', arn: `arn:aws:iam::${account}:root`, accountId: account };
  const signIn = (at: number, more: object) => ({
    ...of('signin', at, 'ConsoleLogin', {}, { ConsoleLogin: 'Success' }),
    ...more,
  });

  test('each is told by itself, and is over when it is told of', async () => {
    const told = [signIn(10, { identity: root }), signIn(40, { identity: root })];

    const { exposures } = await tested(told.map(record));

    expect(exposures.map(({ openedAt, closedAt, outcome }) => [openedAt, closedAt, outcome])).toEqual([
      [timeAt(10), timeAt(10), 'told'],
      [timeAt(40), timeAt(40), 'told'],
    ]);
  });

  test.each([
    ['No', 1],
    ['Yes', 0],
  ])('of a user, second factor used: %s', async (MFAUsed, count) => {
    const { exposures } = await tested([signIn(10, { beside: { MFAUsed } })].map(record));

    expect(exposures.filter((one) => one.control === 'risky-sign-in')).toHaveLength(count);
  });

  test('one that failed is none', async () => {
    const failed = { response: { ConsoleLogin: 'Failure' }, identity: root };

    expect((await tested([signIn(10, failed)].map(record))).exposures).toEqual([]);
  });
});

describe('what is not known of settings is not guessed', () => {
  test.each([
    [
      'a machine whose image or account decides',
      ec2(10, 'RunInstances', {}, { instancesSet: { items: [{ instanceId: 'i-0aaa1111' }] } }),
    ],
    [
      'a template version of which nothing was told',
      ec2(10, 'ModifyLaunchTemplate', { launchTemplateId: 'lt-0aaa1111', setDefaultVersion: '3' }),
    ],
    [
      'a database of which only something else changed',
      of('rds', 10, 'DeleteDBInstance', { dBInstanceIdentifier: 'orders' }),
    ],
    [
      'an endpoint of which the addresses were not told',
      of('eks', 10, 'UpdateClusterConfig', {
        name: 'platform',
        resourcesVpcConfig: { endpointPrivateAccess: true },
      }),
    ],
    [
      'the second factor of somebody who was there before',
      of('iam', 10, 'CreateLoginProfile', { userName: 'kim' }),
    ],
    [
      'which keys somebody had whom AWS holds back',
      of('iam', 10, 'AttachUserPolicy', {
        userName: 'kim',
        policyArn: 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3',
      }),
    ],
    [
      'the network of a search domain',
      of('es', 10, 'UpdateDomainConfig', {
        domainName: 'search',
        accessPolicies: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"es:*","Resource":"*"}]}',
      }),
    ],
  ])('%s', async (_, told) => {
    expect((await tested([record(told)])).exposures).toEqual([]);
  });

  test('a user and a role of the same name are two', async () => {
    const told = [
      of('iam', 10, 'AttachUserPolicy', { userName: 'ops', policyArn: admin }),
      of('iam', 20, 'DeleteRole', { roleName: 'ops' }),
    ];

    const { exposures } = await tested(told.map(record));

    expect(exposures).toMatchObject([{ resource: { id: 'user/ops' }, closedAt: null }]);
  });

  test('a search domain inside a network is open to nobody outside', async () => {
    const told = of('es', 10, 'CreateDomain', {
      domainName: 'search',
      accessPolicies: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"es:*","Resource":"*"}]}',
      vPCOptions: { subnetIds: ['subnet-1'] },
    });

    expect((await tested([record(told)])).exposures).toEqual([]);
  });
});
