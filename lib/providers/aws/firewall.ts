import type { SecurityGroup, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { FirewallRule } from '../../kinds/firewall.ts';
import type { Element } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { allPages, chunks, ec2Of, filter, filterMax, tagsOf } from './ec2.ts';
import { isAws } from './errors.ts';
import { firewallHints } from './firewall-hints.ts';
import { readReach } from './firewall-reach.ts';
import { admission, permissionOf, ruleOf } from './firewall-rule.ts';
import { readPrefixLists } from './prefix-lists.ts';

/** Security groups. */
export const firewall: Adapter = {
  kind: 'firewall',
  calls: {
    read: [
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSecurityGroupRules',
      'ec2:DescribeManagedPrefixLists',
      'ec2:GetManagedPrefixListEntries',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeInstances',
    ],
    write: [
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:AuthorizeSecurityGroupEgress',
      'ec2:RevokeSecurityGroupIngress',
      'ec2:RevokeSecurityGroupEgress',
      'ec2:CreateTags',
    ],
  },

  async read(clients, place, ids) {
    // Filter values may hold wildcards, and one odd value fails all the others: these are asked for alone.
    const [usual, odd] = [ids.filter(isGroupId), ids.filter((id) => !isGroupId(id))];
    const batches = chunks(usual, filterMax).map((some) => readTogether(clients, place, some));
    const alone = odd.map((id) => readOdd(clients, place, id));
    return new Map((await Promise.all([...batches, ...alone])).flatMap((answers) => [...answers]));
  },

  async apply(clients, place, id, change) {
    if (change.op === 'set') throw new TerminalError(`a security group has no setting ${change.id}`);
    // States are built by this adapter or a control, so the elements of `rules` are rules.
    const rule = change.value as unknown as FirewallRule;
    if (change.op === 'remove') {
      await revoke(clients, place, id, rule);
      return change;
    }
    const added = await authorize(clients, place, id, rule);
    // A rule is an element: an id and JSON.
    return { ...change, value: added as unknown as Element };
  },

  async *list(clients, place) {
    const { client, sdk } = await ec2Of(clients, place);
    let NextToken: string | undefined;
    do {
      const Filters = [filter('owner-id', [place.account])];
      const page = await client.send(
        new sdk.DescribeSecurityGroupsCommand({ Filters, MaxResults: 1000, NextToken }),
      );
      yield (page.SecurityGroups ?? []).flatMap((group) => group.GroupId ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: firewallHints,
};

function isGroupId(id: string): boolean {
  return /^sg-[0-9a-f]{8,17}$/.test(id);
}

/** Two calls for up to 200 groups, more only where prefix lists or wide rules need a closer look. */
async function readTogether(
  clients: Clients,
  place: Place,
  ids: readonly string[],
): Promise<Map<string, Reading>> {
  const [groups, rules] = await Promise.all([
    readGroups(clients, place, ids),
    readRules(clients, place, ids),
  ]);
  const rulesOf = Map.groupBy(rules, (rule) => rule.GroupId ?? '');
  const lists = [...new Set(rules.flatMap((rule) => rule.PrefixListId ?? []))];
  const cidrs = await readPrefixLists(clients, place, lists);
  const defaults = groups.filter(isDefault).flatMap((group) => group.GroupId ?? []);
  const reach = await readReach(clients, place, rules, defaults, cidrs);
  const found = new Map(groups.map((group) => [group.GroupId ?? '', group]));
  return new Map(
    ids.map((id): [string, Reading] => {
      const group = found.get(id);
      if (!group) return [id, { status: 'gone' }];
      const said = rulesOf.get(id) ?? [];
      const doubt = doubtAbout(group, said, place);
      if (doubt) return [id, { status: 'error', error: doubt }];
      return [id, stateOf(group, said, cidrs, reach.get(id) ?? null)];
    }),
  );
}

/** AWS reserves the name for the group that it makes with each network. */
function isDefault(group: SecurityGroup): boolean {
  return group.GroupName === 'default';
}

function stateOf(
  group: SecurityGroup,
  said: readonly SecurityGroupRule[],
  cidrs: ReadonlyMap<string, string[] | null>,
  attached: { interfaces: number; public: number } | null,
): Reading {
  try {
    const state = {
      kind: 'firewall' as const,
      name: group.GroupName ?? null,
      tags: tagsOf(group.Tags),
      isDefault: isDefault(group),
      attached,
      rules: said.map((rule) => ruleOf(rule, cidrs)),
    };
    return { status: 'found', state };
  } catch (error) {
    if (error instanceof TerminalError) return { status: 'error', error };
    throw error;
  }
}

/** Why an answer must not be believed. EC2 tells the rules twice: a half list of rules would look clean. */
function doubtAbout(group: SecurityGroup, said: readonly SecurityGroupRule[], place: Place): Error | null {
  if (group.OwnerId && group.OwnerId !== place.account) {
    return new TerminalError(`${group.GroupId} belongs to account ${group.OwnerId}, not ${place.account}`);
  }
  const permissions = [...(group.IpPermissions ?? []), ...(group.IpPermissionsEgress ?? [])];
  if (said.length > 0 || permissions.length === 0) return null;
  return new RetryableError(`EC2 names permissions of ${group.GroupId} but no rules`);
}

/** By plain ids, which costs EC2 less than a filter; one unknown id fails all others, then the filter asks. */
async function readGroups(clients: Clients, place: Place, ids: readonly string[]): Promise<SecurityGroup[]> {
  const { client, sdk } = await ec2Of(clients, place);
  try {
    const GroupIds = [...ids];
    return await allPages(async (NextToken) => {
      const page = await client.send(new sdk.DescribeSecurityGroupsCommand({ GroupIds, NextToken }));
      return { items: page.SecurityGroups, next: page.NextToken };
    });
  } catch (error) {
    if (!isAws(error, 'InvalidGroup.NotFound', 'InvalidGroupId.Malformed')) throw error;
  }
  return allPages(async (NextToken) => {
    const Filters = [filter('group-id', ids)];
    const page = await client.send(
      new sdk.DescribeSecurityGroupsCommand({ Filters, MaxResults: 1000, NextToken }),
    );
    return { items: page.SecurityGroups, next: page.NextToken };
  });
}

async function readRules(
  clients: Clients,
  place: Place,
  ids: readonly string[],
): Promise<SecurityGroupRule[]> {
  const { client, sdk } = await ec2Of(clients, place);
  return allPages(async (NextToken) => {
    const Filters = [filter('group-id', ids)];
    const page = await client.send(
      new sdk.DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 1000, NextToken }),
    );
    return { items: page.SecurityGroupRules, next: page.NextToken };
  });
}

/** An id of no known shape: AWS itself says that there is no such group. */
async function readOdd(clients: Clients, place: Place, id: string): Promise<Map<string, Reading>> {
  const { client, sdk } = await ec2Of(clients, place);
  try {
    await client.send(new sdk.DescribeSecurityGroupsCommand({ GroupIds: [id] }));
  } catch (error) {
    const gone = isAws(error, 'InvalidGroup.NotFound', 'InvalidGroupId.Malformed', 'InvalidGroupId.NotFound');
    if (gone) return new Map([[id, { status: 'gone' }]]);
    throw error;
  }
  const error = new TerminalError(`${id} is no id of a security group that we know how to read`);
  return new Map([[id, { status: 'error', error }]]);
}

async function revoke(clients: Clients, place: Place, id: string, rule: FirewallRule): Promise<void> {
  const { client, sdk } = await ec2Of(clients, place);
  const input = { GroupId: id, SecurityGroupRuleIds: [rule.id] };
  try {
    if (rule.direction === 'egress') await client.send(new sdk.RevokeSecurityGroupEgressCommand(input));
    else await client.send(new sdk.RevokeSecurityGroupIngressCommand(input));
  } catch (error) {
    const alreadySo = isAws(
      error,
      'InvalidSecurityGroupRuleId.NotFound',
      'InvalidPermission.NotFound',
      'InvalidGroup.NotFound',
    );
    if (!alreadySo) throw error;
  }
}

async function authorize(
  clients: Clients,
  place: Place,
  id: string,
  rule: FirewallRule,
): Promise<FirewallRule> {
  const { client, sdk } = await ec2Of(clients, place);
  // Tags of AWS's own name space cannot be set by anybody, and would fail the whole rule.
  const Tags = Object.entries(rule.tags)
    .filter(([key]) => !key.startsWith('aws:'))
    .map(([Key, Value]) => ({ Key, Value }));
  const input = {
    GroupId: id,
    IpPermissions: [permissionOf(rule)],
    ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags }] }),
  };
  try {
    const answer =
      rule.direction === 'egress'
        ? await client.send(new sdk.AuthorizeSecurityGroupEgressCommand(input))
        : await client.send(new sdk.AuthorizeSecurityGroupIngressCommand(input));
    const newId = answer.SecurityGroupRules?.[0]?.SecurityGroupRuleId;
    if (newId) return { ...rule, id: newId };
  } catch (error) {
    if (!isAws(error, 'InvalidPermission.Duplicate')) throw error;
  }
  return standingRule(clients, place, id, rule);
}

/** The rule that already admits what this one would. */
async function standingRule(
  clients: Clients,
  place: Place,
  id: string,
  rule: FirewallRule,
): Promise<FirewallRule> {
  const cidrs = new Map(rule.peer.type === 'prefix-list' ? [[rule.peer.id, rule.peer.cidrs]] : []);
  const standing = (await readRules(clients, place, [id])).map((said) => ruleOf(said, cidrs));
  const same = standing.find((one) => admission(one) === admission(rule));
  if (!same) throw new RetryableError(`EC2 says that ${id} has such a rule already, but does not name it`);
  return same;
}
