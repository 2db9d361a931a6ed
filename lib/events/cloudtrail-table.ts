import { identityRows } from './cloudtrail-identity.ts';
import { allOf, finding, firstOf, ids, type Row } from './cloudtrail-rows.ts';
import { storageRows } from './cloudtrail-storage.ts';
import { collect } from './json.ts';

export type { Found, Row, Touched } from './cloudtrail-rows.ts';

/** A group that is known by its name only, in a network where one is named. */
function groupNames(...paths: string[]): Row['hints'] {
  return finding(['firewall-name'], (touched) => {
    const vpc = collect(touched, 'request.vpcId')[0];
    const names = [...new Set(paths.flatMap((path) => collect(touched, path)))];
    return names.map((name) => ({ kind: 'firewall-name', id: vpc ? `${vpc}/${name}` : name }));
  });
}

const ec2 = 'ec2.amazonaws.com';
const groupItself = firstOf(
  ids('firewall', 'request.groupId', 'response.groupId', 'response.securityGroupRuleSet.groupId'),
  groupNames('request.groupName'),
);

const firewallRows: readonly Row[] = [
  {
    source: ec2,
    names: [
      'AuthorizeSecurityGroupIngress',
      'AuthorizeSecurityGroupEgress',
      'RevokeSecurityGroupIngress',
      'RevokeSecurityGroupEgress',
      'ModifySecurityGroupRules',
      'UpdateSecurityGroupRuleDescriptionsIngress',
      'UpdateSecurityGroupRuleDescriptionsEgress',
      'DeleteSecurityGroup',
    ],
    hints: groupItself,
  },
  { source: ec2, names: ['CreateSecurityGroup'], hints: ids('firewall', 'response.groupId') },
  {
    source: ec2,
    names: ['AssociateSecurityGroupVpc', 'DisassociateSecurityGroupVpc'],
    hints: ids('firewall', 'request.groupId'),
  },
  {
    source: ec2,
    names: ['ModifyNetworkInterfaceAttribute', 'ModifyInstanceAttribute'],
    hints: ids(
      'firewall',
      'request.groupSet.groupId',
      'request.groupId',
      'request.groups',
      'request.securityGroupId',
      'request.securityGroupIdSet.groupId',
    ),
  },
  {
    source: ec2,
    names: ['RunInstances', 'CreateNetworkInterface'],
    hints: firstOf(
      ids(
        'firewall',
        'response.groupSet.groupId',
        'response.instancesSet.groupSet.groupId',
        'response.instancesSet.networkInterfaceSet.groupSet.groupId',
        'response.networkInterface.groupSet.groupId',
        'request.groupSet.groupId',
        'request.networkInterfaceSet.groupSet.groupId',
        'request.securityGroupId',
      ),
      ids('instance', 'response.instancesSet.instanceId'),
      ids('network-interface', 'response.networkInterface.networkInterfaceId'),
      groupNames('request.groupSet.groupName', 'request.securityGroup'),
    ),
  },
  {
    source: ec2,
    names: ['CreateNetworkAclEntry', 'ReplaceNetworkAclEntry', 'DeleteNetworkAclEntry', 'DeleteNetworkAcl'],
    hints: ids('network-acl', 'request.networkAclId'),
  },
  {
    source: ec2,
    names: ['CreateNetworkAcl'],
    hints: ids('network-acl', 'response.networkAcl.networkAclId', 'response.networkAclId'),
  },
  {
    source: ec2,
    names: ['ReplaceNetworkAclAssociation'],
    hints: ids('network-acl', 'request.networkAclId'),
  },
  {
    source: ec2,
    names: [
      'CreateManagedPrefixList',
      'ModifyManagedPrefixList',
      'RestoreManagedPrefixListVersion',
      'DeleteManagedPrefixList',
    ],
    hints: ids(
      'prefix-list',
      'request.prefixListId',
      'response.prefixList.prefixListId',
      'response.prefixListId',
    ),
  },
  {
    source: 'rds.amazonaws.com',
    names: ['CreateDBInstance', 'ModifyDBInstance', 'CreateDBCluster', 'ModifyDBCluster'],
    hints: ids('firewall', 'request.vpcSecurityGroupIds', 'response.vpcSecurityGroups.vpcSecurityGroupId'),
  },
  {
    source: 'elasticloadbalancing.amazonaws.com',
    names: ['SetSecurityGroups', 'CreateLoadBalancer', 'ApplySecurityGroupsToLoadBalancer'],
    hints: ids('firewall', 'request.securityGroups'),
  },
  {
    source: 'elasticfilesystem.amazonaws.com',
    names: ['CreateMountTarget', 'ModifyMountTargetSecurityGroups'],
    hints: ids('firewall', 'request.securityGroups'),
  },
];

export const rows: readonly Row[] = [...firewallRows, ...storageRows, ...identityRows];

/** Row by `source/name`; an event that stands in several names what all of them find. */
export const rowOf: ReadonlyMap<string, Row> = new Map(
  [...Map.groupBy(rows.flatMap(named), ([key]) => key)].map(([key, found]) => [
    key,
    together(found.map(([, row]) => row)),
  ]),
);

function named(row: Row): (readonly [key: string, row: Row])[] {
  return row.names.map((name) => [`${row.source}/${name}`, row] as const);
}

function together(same: readonly Row[]): Row {
  const [first] = same as [Row];
  return same.length === 1 ? first : { ...first, hints: allOf(...same.map((row) => row.hints)) };
}
