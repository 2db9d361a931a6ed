import pMap from 'p-map';
import * as z from 'zod';
import { messageOf, RetryableError, TerminalError } from '../../errors.ts';
import type { FirewallRule, FirewallState } from '../../kinds/firewall.ts';
import type { Element } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter, Place } from './adapter.ts';
import { type Attached, attachedTo } from './attached.ts';
import { failed } from './client.ts';
import { bodyOf, ExoscaleRule, meaningOf, ruleOf } from './firewall-rule.ts';

/** Security groups of Exoscale: one list for the whole organization, whatever the zone. */

const Group = z.object({
  id: z.string(),
  name: z.string(),
  'external-sources': z.array(z.string()).default([]),
  rules: z.array(ExoscaleRule).default([]),
});
type Group = z.infer<typeof Group>;
const Groups = z.object({ 'security-groups': z.array(z.object({ id: z.string() })) });
const PublicGroups = z.object({
  'security-groups': z.array(
    z.object({ id: z.string(), 'external-sources': z.array(z.string()).optional() }),
  ),
});

/** Groups are read one by one: only a group's own address shows its rules. */
const concurrency = 6;

export const firewall: Adapter = {
  kind: 'firewall',
  scope: 'global',

  async read(place, ids) {
    const groups = await pMap(ids, (id) => attempt(() => find(place, id)), { concurrency });
    const found = groups.filter((one): one is Group => one !== null && !(one instanceof Error));
    const sources = await sourcesOf(place, found);
    const attached = found.length > 0 ? await attachedTo(place) : null;
    return new Map(ids.map((id, index) => [id, reading(groups[index] ?? null, sources, attached)]));
  },

  async apply(place, id, change) {
    if (change.op === 'set' || change.part !== 'rules') {
      throw new TerminalError(`a security group has no ${change.part} to ${change.op}`);
    }
    // Elements of `rules` are rules, and a rule is an element: an id and JSON.
    const rule = change.value as unknown as FirewallRule;
    if (change.op === 'add') return { ...change, value: (await open(place, id, rule)) as unknown as Element };
    await close(place, id, rule);
    return change;
  },

  async *list(place) {
    const all = await place.client.get(place.zone, '/security-group', Groups);
    yield all['security-groups'].map((one) => one.id);
  },

  hints: { 'external-sources': groupsNaming },
};

async function find({ client, zone }: Place, id: string): Promise<Group | null> {
  return client.find(zone, `/security-group/${uuid(id)}`, Group);
}

function reading(
  group: Group | Error | null,
  sources: ReadonlyMap<string, readonly string[] | null>,
  attached: ReadonlyMap<string, Attached> | null,
): Reading {
  if (group === null) return { status: 'gone' };
  if (group instanceof Error) return { status: 'error', error: group };
  const rules = group.rules.map((rule) => ruleOf(rule, sources));
  const state: FirewallState = {
    kind: 'firewall',
    name: group.name,
    tags: {},
    isDefault: group.name === 'default',
    attached: attached ? (attached.get(group.id) ?? { interfaces: 0, public: 0 }) : null,
    rules: rules.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
  return { status: 'found', state };
}

async function close(place: Place, groupId: string, rule: FirewallRule): Promise<void> {
  if (rule.direction === 'egress') await refuseToOpenEgress(place, groupId, rule);
  const path = `/security-group/${uuid(groupId)}/rules/${uuid(rule.id)}`;
  const ended = await place.client.change(place.zone, { method: 'DELETE', path });
  if (ended.state === 'success' || ended.reason === 'not-found') return;
  throw failed(`closing rule ${rule.id}`, ended);
}

/**
 * A group without any egress rule lets everything out: taking the last one away would open what it closed.
 * https://community.exoscale.com/documentation/compute/security-groups/
 */
async function refuseToOpenEgress(place: Place, groupId: string, rule: FirewallRule): Promise<void> {
  const egress =
    (await find(place, groupId))?.rules.filter((one) => one['flow-direction'] === 'egress') ?? [];
  if (egress.length !== 1 || egress[0]?.id !== rule.id) return;
  throw new TerminalError(
    `rule ${rule.id} is the only egress rule of group ${groupId}; without it Exoscale lets everything out`,
  );
}

/** Answers the rule as it now stands there. Operations name the group that they changed, not the rule. */
async function open(place: Place, groupId: string, rule: FirewallRule): Promise<FirewallRule> {
  const standing = await rulesLike(place, groupId, rule);
  if (standing[0]) return standing[0];
  const path = `/security-group/${uuid(groupId)}/rules`;
  const ended = await place.client.change(place.zone, { method: 'POST', path, body: bodyOf(rule) });
  if (ended.state !== 'success' && ended.reason !== 'conflict') throw failed('opening a rule', ended);
  const [made] = await rulesLike(place, groupId, rule);
  if (made) return made;
  throw new RetryableError(`Exoscale: the new rule of group ${groupId} is not there yet`);
}

async function rulesLike(place: Place, groupId: string, like: FirewallRule): Promise<FirewallRule[]> {
  const group = await find(place, groupId);
  if (!group) throw new TerminalError(`security group ${groupId} is gone`);
  const rules = group.rules.map((rule) => ruleOf(rule, new Map()));
  const same = rules.filter((rule) => meaningOf(rule) === meaningOf(like));
  return same.map((rule) => ({ ...rule, peer: like.peer }));
}

/** The networks behind every group that these rules name. */
async function sourcesOf(
  place: Place,
  groups: readonly Group[],
): Promise<Map<string, readonly string[] | null>> {
  const named = groups.flatMap((group) => group.rules.map((rule) => rule['security-group']));
  const references = named.filter((one) => one != null);
  const isPublic = (one: { visibility?: string | undefined }) => one.visibility === 'public';
  const held = new Map(groups.map((group) => [group.id, group['external-sources']]));
  const sources = new Map<string, readonly string[] | null>();
  const own = [...new Set(references.filter((one) => !isPublic(one)).map((one) => one.id))];
  await pMap(
    own,
    async (id) => {
      const found = held.get(id) ?? (await find(place, id))?.['external-sources'];
      if (found) sources.set(id, found);
    },
    { concurrency },
  );
  if (!references.some(isPublic)) return sources;
  const query: [string, string][] = [['visibility', 'public']];
  const lists = await place.client.get(place.zone, '/security-group', PublicGroups, query);
  const shown = new Map(lists['security-groups'].map((one) => [one.id, one['external-sources'] ?? null]));
  for (const { id } of references.filter(isPublic)) sources.set(id, shown.get(id) ?? null);
  return sources;
}

/** A network that is added to a group opens every group whose rules name it. */
async function groupsNaming(place: Place, sourceId: string): Promise<string[]> {
  const all = await place.client.get(place.zone, '/security-group', Groups);
  const ids = all['security-groups'].map((one) => one.id);
  const groups = await pMap(ids, (id) => find(place, id), { concurrency });
  return groups.flatMap((group) => {
    const names = group?.rules.some((rule) => rule['security-group']?.id === sourceId) ?? false;
    return group && names ? [group.id] : [];
  });
}

/** One id that cannot be read is no reason not to read the others. */
async function attempt<T>(call: () => Promise<T>): Promise<T | Error> {
  try {
    return await call();
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new TerminalError(messageOf(thrown));
  }
}

function uuid(id: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id;
  throw new TerminalError('Exoscale gives no such id');
}
