import * as z from 'zod';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { FirewallRule, FirewallState } from '../../kinds/firewall.ts';
import type { Change, Element } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import { addressGroups, groupOfRule, groupsNaming } from './address-groups.ts';
import { inBatches } from './batches.ts';
import { bodyOf, meaningOf, NeutronRule, ruleOf } from './firewall-rule.ts';
import { isId, segment } from './id.ts';
import { json, messageIn } from './keystone.ts';
import { pages } from './pages.ts';
import { attachedTo } from './reach.ts';
import type { Session } from './session.ts';
import { tagsOf } from './tags.ts';

/** Neutron security groups: https://docs.openstack.org/api-ref/network/v2/#security-groups-security-groups */

const Group = z.object({
  id: z.string(),
  name: z.string(),
  project_id: z.string(),
  revision_number: z.number().int(),
  tags: z.array(z.string()).default([]),
  security_group_rules: z.array(NeutronRule),
});
type Group = z.infer<typeof Group>;
const OneGroup = z.object({ security_group: Group });
const Revision = z.object({ security_group: z.object({ revision_number: z.number().int() }) });

/** The revisions that a decision was made on, so that it is not carried out on anything else. */
interface Seen {
  revision: number;
  rules: Map<string, number | undefined>;
}
const maxSeen = 10_000;

export class OpenStackFirewall implements Adapter {
  readonly kind = 'firewall';
  readonly #seen = new Map<string, Seen>();
  readonly hints = {
    'address-group': groupsNaming,
    /** A rule's own event may name the rule only. */
    'firewall-rule': groupOfRule,
  };

  async read(session: Session, ids: readonly string[]): Promise<Map<string, Reading>> {
    const groups = new Map<string, Group>();
    for (const batch of inBatches(ids.filter(isId))) {
      const query = batch.map((id): [string, string] => ['id', id]);
      for await (const page of pages(session, 'security-groups', query, Group)) {
        for (const group of page) groups.set(group.id, group);
      }
    }
    const found = [...groups.values()];
    const addresses = await addressGroups(session, found);
    const attached = await attachedTo(session, [...groups.keys()]);
    const readings = new Map<string, Reading>();
    for (const id of ids) {
      const group = groups.get(id);
      if (!group) {
        readings.set(id, await this.#missing(session, id));
        continue;
      }
      this.#remember(group);
      readings.set(id, { status: 'found', state: stateOf(group, addresses, attached?.get(id) ?? null) });
    }
    return readings;
  }

  /** A list may leave out what a policy hides; only the group's own address says that it is gone. */
  async #missing(session: Session, id: string): Promise<Reading> {
    if (!isId(id)) return { status: 'error', error: new TerminalError('Neutron gives no such id') };
    if (!(await this.#look(session, id))) return { status: 'gone' };
    return { status: 'error', error: new RetryableError(`security group ${id} came while we read`) };
  }

  async apply(session: Session, id: string, change: Change): Promise<Change> {
    if (change.op === 'set' || change.part !== 'rules') {
      throw new TerminalError(`a security group has no ${change.part} to ${change.op}`);
    }
    // Elements of `rules` are rules, and a rule is an element: an id and JSON.
    const rule = change.value as unknown as FirewallRule;
    if (change.op === 'remove') {
      await this.#close(session, id, rule);
      return change;
    }
    return { ...change, value: (await this.#open(session, id, rule)) as unknown as Element };
  }

  /** The project's own groups; groups that others share with it are theirs to guard. */
  async *list(session: Session): AsyncIterable<string[]> {
    const { account } = await session.place();
    const query: [string, string][] = [
      ['project_id', account],
      ['fields', 'id'],
    ];
    for await (const page of pages(session, 'security-groups', query, z.object({ id: z.string() }))) {
      yield page.map((one) => one.id);
    }
  }

  async #close(session: Session, groupId: string, rule: FirewallRule): Promise<void> {
    const seen = this.#seen.get(groupId) ?? (await this.#relook(session, groupId));
    if (!seen) return;
    const revision = seen.rules.get(rule.id);
    const answer = await session.call({
      method: 'DELETE',
      service: 'network',
      path: `/security-group-rules/${segment(rule.id)}`,
      headers: revision === undefined ? {} : { 'if-match': `revision_number=${revision}` },
      expect: [404, 412],
    });
    if (answer.status === 412) throw this.#moved(groupId);
    if (answer.status !== 404) return this.#stepped(groupId, seen);
    // Neutron also says 404 for the rules of a group that another project shares with us.
    const now = await this.#relook(session, groupId);
    if (now?.rules.has(rule.id)) throw notOurs(groupId);
  }

  /** Answers the rule as it now stands there, whoever put it there. */
  async #open(session: Session, groupId: string, rule: FirewallRule): Promise<FirewallRule> {
    const seen = this.#seen.get(groupId);
    const path = `/security-groups/${segment(groupId)}`;
    if (seen) {
      const now = await session.get(
        { service: 'network', path, query: [['fields', 'revision_number']] },
        Revision,
      );
      if (now.security_group.revision_number !== seen.revision) throw this.#moved(groupId);
    }
    const answer = await session.call({
      method: 'POST',
      service: 'network',
      path: '/security-group-rules',
      body: { security_group_rule: bodyOf(groupId, rule) },
      expect: [409],
    });
    if (answer.status === 409) return this.#standing(session, groupId, rule, answer.text);
    const made = NeutronRule.safeParse(json(answer.text).security_group_rule);
    if (!made.success) throw new TerminalError('network: a new rule came back in an unknown shape');
    if (seen) this.#stepped(groupId, seen);
    return { ...ruleOf(made.data, new Map()), peer: rule.peer };
  }

  /** 409: the rule already stands there, or something else is in the way. */
  async #standing(
    session: Session,
    groupId: string,
    rule: FirewallRule,
    text: string,
  ): Promise<FirewallRule> {
    const type = (json(text).NeutronError as { type?: unknown } | undefined)?.type;
    if (type === 'OverQuota') throw new TerminalError(`network: ${messageIn(text)}`);
    const group = await this.#look(session, groupId);
    if (!group) throw new TerminalError(`security group ${groupId} is gone`);
    this.#remember(group);
    const state = stateOf(group, await addressGroups(session, [group]), null);
    const standing = state.rules.find((one) => meaningOf(one) === meaningOf(rule));
    if (standing) return { ...standing, peer: rule.peer };
    throw new RetryableError(`network: ${messageIn(text)}`);
  }

  async #look(session: Session, groupId: string): Promise<Group | null> {
    const path = `/security-groups/${segment(groupId)}`;
    const answer = await session.call({ method: 'GET', service: 'network', path, expect: [404] });
    if (answer.status === 404) return null;
    const parsed = OneGroup.safeParse(json(answer.text));
    if (!parsed.success) throw new TerminalError(`network: group ${groupId} came in an unknown shape`);
    return parsed.data.security_group;
  }

  async #relook(session: Session, groupId: string): Promise<Seen | null> {
    const group = await this.#look(session, groupId);
    return group ? this.#remember(group) : null;
  }

  #remember(group: Group): Seen {
    const rules = new Map(group.security_group_rules.map((rule) => [rule.id, rule.revision_number]));
    const seen = { revision: group.revision_number, rules };
    this.#seen.delete(group.id);
    this.#seen.set(group.id, seen);
    const oldest = this.#seen.keys().next().value;
    if (this.#seen.size > maxSeen && oldest !== undefined) this.#seen.delete(oldest);
    return seen;
  }

  /** A rule more or less raises the group's revision by one; where it does not, the next read says so. */
  #stepped(groupId: string, seen: Seen): void {
    this.#seen.set(groupId, { ...seen, revision: seen.revision + 1 });
  }

  #moved(groupId: string): RetryableError {
    this.#seen.delete(groupId);
    return new RetryableError(`security group ${groupId} was changed by somebody else since it was read`);
  }
}

function notOurs(groupId: string): TerminalError {
  return new TerminalError(`security group ${groupId} belongs to another project, which alone can change it`);
}

function stateOf(
  group: Group,
  addresses: ReadonlyMap<string, string[] | null>,
  attached: FirewallState['attached'],
): FirewallState {
  return {
    kind: 'firewall',
    name: group.name,
    tags: tagsOf(group.tags),
    // Neutron lets nobody else take this name, and no project lose it.
    isDefault: group.name === 'default',
    attached,
    rules: group.security_group_rules
      .map((rule) => ruleOf(rule, addresses))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}
