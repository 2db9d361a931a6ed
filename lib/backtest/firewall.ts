import { elements, field, isFields, text } from '../events/json.ts';
import type { FirewallRule, Peer } from '../kinds/firewall.ts';
import type { Element } from '../model.ts';
import { isCidr } from './cidr.ts';
import type { Call, Reducer, Said } from './deed.ts';
import { rangeOf } from './range.ts';
import { tagsIn } from './tags.ts';

type Direction = FirewallRule['direction'];

/** What security group calls did, from what they asked for and what EC2 answered. */
export const firewallReducers: { [name: string]: Reducer } = {
  CreateSecurityGroup: created,
  AuthorizeSecurityGroupIngress: (call) => opened(call, 'ingress'),
  AuthorizeSecurityGroupEgress: (call) => opened(call, 'egress'),
  RevokeSecurityGroupIngress: (call) => closed(call, 'ingress'),
  RevokeSecurityGroupEgress: (call) => closed(call, 'egress'),
  ModifySecurityGroupRules: modified,
  DeleteSecurityGroup: (call) => groupsOf(call).map((id) => said(id, { do: 'end' })),
};

function said(id: string, step: Said['step']): Said {
  return { kind: 'firewall', id, step };
}

/** A new group lets everything out: https://docs.aws.amazon.com/vpc/latest/userguide/default-custom-security-groups.html */
function created({ request, response }: Call): Said[] {
  const id = text(response, 'groupId');
  if (id === null) return [];
  const name = text(request, 'groupName');
  const anything = { ipProtocol: '-1', cidrIp: '0.0.0.0/0' };
  const rules = permitted(anything, 'egress');
  const fields = { name, tags: tagsIn(request), isDefault: false, rules };
  const made = said(id, { do: 'make', fields });
  return [name === null ? made : { ...made, names: { alias: name } }];
}

function opened(call: Call, direction: Direction): Said[] {
  const answered = ruleSet(field(call.response, 'securityGroupRuleSet'), direction);
  const rules = answered.length > 0 ? answered : permitted(call.request, direction);
  if (rules.length === 0) return [];
  return groupsOf(call).map((id) => said(id, { do: 'put', part: 'rules', elements: rules }));
}

function closed(call: Call, direction: Direction): Said[] {
  const ids = elements(field(call.request, 'securityGroupRuleIds'))
    .map((one) => (typeof one === 'string' ? one : text(one, 'securityGroupRuleId')))
    .filter((one) => one !== null);
  const answered = ruleSet(field(call.response, 'revokedSecurityGroupRuleSet'), direction);
  const like = [...permitted(call.request, direction), ...answered];
  return groupsOf(call).map((id) => said(id, { do: 'take', part: 'rules', ids, like, among: { direction } }));
}

/** Neither request nor answer says whether a rule lets in or out, so only rules that are known can change. */
function modified(call: Call): Said[] {
  const updates = elements(
    field(call.request, 'securityGroupRule') ?? field(call.request, 'securityGroupRules'),
  );
  return updates.flatMap((update): Said[] => {
    const id = text(update, 'securityGroupRuleId');
    const rule = field(update, 'securityGroupRule');
    const spoken = id === null || !isFields(rule) ? null : spokenOf(rule);
    if (id === null || spoken === null) return [];
    const element: Element = { id, ...spoken, description: text(rule, 'description') };
    return groupsOf(call).map((group) => said(group, { do: 'amend', part: 'rules', element }));
  });
}

/** By its id wherever one is said, by its name otherwise. */
function groupsOf({ request, response }: Call): string[] {
  const answered = elements(field(response, 'securityGroupRuleSet')).map((one) => text(one, 'groupId'));
  const id = text(request, 'groupId') ?? text(response, 'groupId') ?? answered.find((one) => one !== null);
  const found = id ?? text(request, 'groupName');
  return typeof found === 'string' ? [found] : [];
}

/** The rules as EC2 answered them, with their ids. */
function ruleSet(set: unknown, direction: Direction): FirewallRule[] {
  return elements(set).flatMap((one) => {
    const id = text(one, 'securityGroupRuleId');
    const spoken = spokenOf(one);
    return id === null || spoken === null ? [] : [ruleOf(id, direction, spoken, text(one, 'description'))];
  });
}

/** The rules that the request spells: a list of permissions, or one flat permission. */
function permitted(request: unknown, direction: Direction): FirewallRule[] {
  const listed = elements(field(request, 'ipPermissions')).filter((one) => text(one, 'ipProtocol') !== null);
  const permissions = listed.length > 0 ? listed : [request];
  return permissions.flatMap((permission) => {
    const range = protocolAndPorts(permission);
    if (range === null) return [];
    return peersOf(permission).map(({ peer, description }) =>
      ruleOf('', direction, { ...range, peer }, description),
    );
  });
}

function peersOf(permission: unknown): { peer: Peer; description: string | null }[] {
  const found: { peer: Peer; description: string | null }[] = [];
  const take = (source: unknown) => {
    const peer = peerOf(source);
    if (peer !== null) found.push({ peer, description: text(source, 'description') });
  };
  take(permission);
  for (const list of lists) {
    const held = field(permission, list);
    if (held !== undefined) for (const source of elements(held)) take(source);
  }
  return found;
}

const lists = ['ipRanges', 'ipv6Ranges', 'prefixListIds', 'groups', 'userIdGroupPairs'];

type Spoken = NonNullable<ReturnType<typeof protocolAndPorts>> & { peer: Peer };

function spokenOf(rule: unknown): Spoken | null {
  const range = protocolAndPorts(rule);
  const peer = peerOf(rule) ?? peerOf(field(rule, 'referencedGroupInfo'));
  return range === null || peer === null ? null : { ...range, peer };
}

function protocolAndPorts(rule: unknown) {
  const protocol = text(rule, 'ipProtocol') ?? field(rule, 'ipProtocol');
  if (typeof protocol !== 'string' && typeof protocol !== 'number') return null;
  return rangeOf(String(protocol), field(rule, 'fromPort'), field(rule, 'toPort'));
}

/** Null for a block that is none: EC2 takes none such, so the record is not to be believed. */
function peerOf(source: unknown): Peer | null {
  const cidr = text(source, 'cidrIp') ?? text(source, 'cidrIpv4') ?? text(source, 'cidrIpv6');
  if (cidr !== null) return isCidr(cidr) ? { type: 'cidr', cidr } : null;
  const list = text(source, 'prefixListId');
  if (list !== null) return { type: 'prefix-list', id: list, cidrs: null };
  const group =
    text(source, 'referencedGroupId') ?? text(source, 'sourceSecurityGroupName') ?? groupIn(source);
  return group === null ? null : { type: 'group', id: group };
}

/** A request names the group that it changes by the same word. */
function groupIn(source: unknown): string | null {
  const isWhole = field(source, 'ipProtocol') !== undefined || field(source, 'ipPermissions') !== undefined;
  return isWhole ? null : (text(source, 'groupId') ?? text(source, 'groupName'));
}

function ruleOf(id: string, direction: Direction, spoken: Spoken, description: string | null): FirewallRule {
  return { id, direction, ...spoken, description, tags: {} };
}
