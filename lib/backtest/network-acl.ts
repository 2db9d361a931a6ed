import { elements, field, isFields, text } from '../events/json.ts';
import type { AclEntry } from '../kinds/network-acl.ts';
import { isCidr } from './cidr.ts';
import type { Call, Reducer, Said } from './deed.ts';
import { rangeOf } from './range.ts';
import { tagsIn } from './tags.ts';

export const networkAclReducers: { [name: string]: Reducer } = {
  CreateNetworkAcl: created,
  CreateNetworkAclEntry: written,
  ReplaceNetworkAclEntry: written,
  DeleteNetworkAclEntry: ({ request }) => {
    const entry = idOf(request);
    const ids = entry === null ? [] : [entry.id];
    return aclsOf(request).map((id) => said(id, { do: 'take', part: 'entries', ids }));
  },
  DeleteNetworkAcl: ({ request }) => aclsOf(request).map((id) => said(id, { do: 'end' })),
};

/** AWS's own last entry denies what no other entry speaks of. */
const lastNumber = 32767;

function said(id: string, step: Said['step']): Said {
  return { kind: 'network-acl', id, step };
}

function aclsOf(request: unknown): string[] {
  const id = text(request, 'networkAclId');
  return id === null ? [] : [id];
}

/** A new one denies everything: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html */
function created({ request, response }: Call): Said[] {
  const acl = field(response, 'networkAcl') ?? response;
  const id = text(acl, 'networkAclId');
  if (id === null) return [];
  const entries = elements(field(acl, 'entrySet')).flatMap((one) => entryOf(one) ?? []);
  const tags = tagsIn(request);
  return [said(id, { do: 'make', fields: { name: tags.Name ?? null, tags, isDefault: false, entries } })];
}

function written({ request }: Call): Said[] {
  const entry = entryOf(request);
  if (entry === null) return [];
  return aclsOf(request).map((id) => said(id, { do: 'put', part: 'entries', elements: [entry] }));
}

function idOf(entry: unknown): Pick<AclEntry, 'id' | 'number' | 'direction'> | null {
  const number = Number(field(entry, 'ruleNumber'));
  if (!Number.isInteger(number) || number <= 0) return null;
  const direction = String(field(entry, 'egress')) === 'true' ? 'egress' : 'ingress';
  return { id: `${direction}-${number}`, number, direction };
}

/** Null for what is no entry, and for the last one, which cannot change. */
function entryOf(entry: unknown): AclEntry | null {
  const named = idOf(entry);
  const action = text(entry, 'ruleAction');
  const cidr = text(entry, 'cidrBlock') ?? text(entry, 'ipv6CidrBlock');
  const protocol = field(entry, 'aclProtocol') ?? field(entry, 'protocol');
  if (named === null || named.number >= lastNumber || cidr === null || !isCidr(cidr)) return null;
  if (action !== 'allow' && action !== 'deny') return null;
  const [ports, icmp] = [field(entry, 'portRange'), field(entry, 'icmpTypeCode')];
  const isIcmp = isFields(icmp) && field(icmp, 'type') !== undefined;
  const range = isIcmp
    ? rangeOf(String(protocol), field(icmp, 'type'), field(icmp, 'code'))
    : rangeOf(String(protocol), field(ports, 'from'), field(ports, 'to'));
  return range === null ? null : { ...named, action, ...range, cidr };
}
