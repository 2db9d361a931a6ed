import { describe, expect, test } from 'vitest';
import {
  account,
  answeredRule,
  orders,
  permission,
  record,
  region,
  type Told,
  tested,
  timeAt,
} from './records.ts';

const group = 'sg-0aaa1111';
const ssh = permission(22, '0.0.0.0/0');
const created: Told = {
  at: 0,
  name: 'CreateSecurityGroup',
  request: { groupName: 'web', vpcId: 'vpc-01234567' },
  response: { groupId: group },
};
const opened = (at: number, request: object, response: unknown = { _return: true }): Told => ({
  at,
  name: 'AuthorizeSecurityGroupIngress',
  request: { groupId: group, ...request },
  response,
});
const revoked = (at: number, request: object, response: unknown = { _return: true }): Told => ({
  at,
  name: 'RevokeSecurityGroupIngress',
  request: { groupId: group, ...request },
  response,
  by: 'robin',
});
const withIds = { securityGroupRuleSet: { items: [answeredRule('sgr-1', 22, '0.0.0.0/0')] } };
const items = { ipPermissions: { items: [ssh] } };
const whole: readonly [string, Told[]][] = [
  ['by the permission', [created, opened(10, items), revoked(40, items)]],
  [
    'by its id',
    [
      created,
      opened(10, items, withIds),
      revoked(40, { ipPermissions: {}, securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-1' }] } }),
    ],
  ],
  [
    'by an id that only the revocation tells, as the only rule without one',
    [
      created,
      opened(10, items),
      revoked(40, { ipPermissions: {}, securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-9' }] } }),
    ],
  ],
  [
    'in flat fields',
    [
      created,
      opened(10, { ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: '0.0.0.0/0' }),
      revoked(40, { ipProtocol: '6', fromPort: '22', toPort: '22', cidrIp: '0.0.0.0/0' }),
    ],
  ],
  [
    'in nested, versioned fields',
    [
      created,
      {
        at: 10,
        name: 'AuthorizeSecurityGroupIngress20150301',
        request: {
          AuthorizeSecurityGroupIngressRequest: {
            GroupId: group,
            IpPermissions: {
              IpProtocol: 'tcp',
              FromPort: 22,
              ToPort: 22,
              IpRanges: { CidrIp: '0.0.0.0/0', tag: 1 },
            },
          },
        },
        response: { AuthorizeSecurityGroupIngressResponse: { return: true } },
      },
      revoked(40, items),
    ],
  ],
  [
    'by the name of the group',
    [
      created,
      { ...opened(10, {}), request: { groupName: 'web', ...items } },
      { ...revoked(40, {}), request: { groupName: 'web', ...items } },
    ],
  ],
  [
    'with its modification',
    [
      created,
      opened(10, items, withIds),
      {
        at: 40,
        name: 'ModifySecurityGroupRules',
        by: 'robin',
        request: {
          ModifySecurityGroupRulesRequest: {
            GroupId: group,
            SecurityGroupRule: {
              SecurityGroupRuleId: 'sgr-1',
              SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '10.0.0.0/8' },
            },
          },
        },
      },
    ],
  ],
  [
    'with the group',
    [created, opened(10, items), { at: 40, name: 'DeleteSecurityGroup', request: { groupId: group } }],
  ],
];

describe('ssh for the world', () => {
  test.each(whole)('closed %s, the records in any order', async (_, told) => {
    const records = told.map(record);

    for (const order of orders(records)) {
      const { exposures, summary } = await tested(order);
      expect(exposures).toMatchObject([
        {
          resource: { provider: 'aws', account, region, kind: 'firewall', id: group },
          control: 'public-port',
          openedAt: timeAt(10),
          closedAt: timeAt(40),
          actor: { name: `arn:aws:iam::${account}:user/kim`, via: 'cli' },
          outcome: 'fixed',
          why: 'tcp/22 (ssh) open to the whole internet (0.0.0.0/0)',
          initialState: 'known',
        },
      ]);
      expect(exposures[0]?.changes).toMatchObject([{ op: 'remove', part: 'rules' }]);
      expect(summary).toMatchObject({ changes: told.length, resources: 1, unknownBefore: 0, approvals: 0 });
    }
  });
});

describe('what is no exposure', () => {
  const modification = {
    at: 5,
    name: 'ModifySecurityGroupRules',
    request: {
      ModifySecurityGroupRulesRequest: {
        GroupId: group,
        SecurityGroupRule: {
          SecurityGroupRuleId: 'sgr-unseen',
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '0.0.0.0/0' },
        },
      },
    },
  };
  test.each<[string, Told[]]>([
    ['a call that failed', [created, { ...opened(10, items), error: 'Client.InvalidPermission.Duplicate' }]],
    [
      'a private network',
      [created, opened(10, { ipPermissions: { items: [permission(22, '10.0.0.0/8')] } })],
    ],
    ['https', [created, opened(10, { ipPermissions: { items: [permission(443, '0.0.0.0/0')] } })]],
    ['a closing of what nobody saw open', [revoked(10, items)]],
    ['a rule of which no record says whether it lets in or out', [modification]],
    ['a new group, which lets everything out', [created]],
    [
      'a block that is none',
      [created, opened(10, { ipPermissions: { items: [permission(22, '0.0.0.0/0.0')] } })],
    ],
  ])('%s', async (_, told) => {
    const { exposures, summary } = await tested(told.map(record));

    expect(exposures).toEqual([]);
    expect(summary).toMatchObject({ exposures: 0, unreadable: [] });
  });
});

test('a group first seen through a change is said to be unknown before it', async () => {
  const { exposures, summary } = await tested([record(opened(10, items))]);

  expect(exposures).toMatchObject([{ openedAt: timeAt(10), closedAt: null, initialState: 'unknown' }]);
  expect(summary).toMatchObject({ resources: 1, unknownBefore: 1 });
});

test('what one change opened and one closed is one exposure, what another opened is another', async () => {
  const both = { ipPermissions: { items: [ssh, permission(22, '::/0')] } };
  const rdp = { ipPermissions: { items: [permission(3389, '0.0.0.0/0')] } };

  const { exposures } = await tested(
    [created, opened(10, both), { ...opened(20, rdp), by: 'lee' }, revoked(30, both), revoked(60, rdp)].map(
      record,
    ),
  );

  expect(exposures).toMatchObject([
    { openedAt: timeAt(10), closedAt: timeAt(30), why: /* both families */ expect.stringContaining('::/0') },
    { openedAt: timeAt(20), closedAt: timeAt(60), actor: { name: expect.stringContaining('lee') } },
  ]);
});

test('the same record by two files is one', async () => {
  const open = record(opened(10, items));

  const { exposures, summary } = await tested([open, open, record(created), open]);

  expect(exposures).toHaveLength(1);
  expect(summary).toMatchObject({ changes: 2, duplicates: 2 });
});

test('a rule closed and opened again within one second stays open', async () => {
  const told = [created, opened(10, items), revoked(20, items), opened(20, items), revoked(50, items)].map(
    record,
  );

  for (const order of orders(told)) {
    const { exposures } = await tested(order);
    expect(exposures.map(({ openedAt, closedAt }) => [openedAt, closedAt])).toEqual([
      [timeAt(10), timeAt(20)],
      [timeAt(20), timeAt(50)],
    ]);
  }
});

describe('what the policy would have made of it', () => {
  const told = () => [created, opened(10, items)].map(record);
  test.each([
    ['', 'fixed', 0],
    ['controls: {public-port: {mode: ask}}', 'asked', 1],
    ['controls: {public-port: {mode: tell}}', 'told', 0],
    [
      'exemptions: [{resource: sg-0aaa1111, control: public-port, until: 2026-12-31, reason: test}]',
      'exempt',
      0,
    ],
    [
      'exemptions: [{resource: sg-0aaa1111, control: public-port, until: 2025-12-31, reason: test}]',
      'fixed',
      0,
    ],
    ['limits: {fixesPerHour: 0}', 'held', 1],
  ])('%s: %s', async (policy, outcome, approvals) => {
    const { exposures, summary } = await tested(told(), policy);

    expect(exposures).toMatchObject([{ outcome }]);
    expect(summary.approvals).toBe(approvals);
  });

  test('a control that is off says nothing', async () => {
    const { exposures, summary } = await tested(told(), 'controls: {public-port: {mode: off}}');

    expect(exposures).toEqual([]);
    expect(summary.clean).toBe(1);
  });

  test('the third fix within the hour ends the tug of war', async () => {
    const rounds = [0, 5, 10, 15].flatMap((at) => [opened(at + 1, items), revoked(at + 3, items)]);

    const { exposures } = await tested([created, ...rounds].map(record));

    expect(exposures.map((one) => one.outcome)).toEqual(['fixed', 'fixed', 'fixed', 'held']);
  });
});
