import * as z from 'zod';
import { inBatches } from './batches.ts';
import type { NeutronRule } from './firewall-rule.ts';
import { segment } from './id.ts';
import { json } from './keystone.ts';
import { pages } from './pages.ts';
import type { Session } from './session.ts';

/** What security groups hang on: address groups that their rules name, and rules that are known by their id only. */

const AddressGroup = z.object({ id: z.string(), addresses: z.array(z.string()) });

/** The addresses of every address group that these rules name. One we cannot see is null: never "the world". */
export async function addressGroups(
  session: Session,
  groups: readonly { security_group_rules: readonly NeutronRule[] }[],
): Promise<Map<string, string[] | null>> {
  const named = groups.flatMap((group) =>
    group.security_group_rules.map((rule) => rule.remote_address_group_id),
  );
  const ids = [...new Set(named.filter((id) => id != null))];
  const found = new Map<string, string[] | null>(ids.map((id) => [id, null]));
  for (const batch of inBatches(ids)) {
    const query = batch.map((id): [string, string] => ['id', id]);
    for await (const page of pages(session, 'address-groups', query, AddressGroup)) {
      for (const group of page) found.set(group.id, group.addresses);
    }
  }
  return found;
}

const RuleOwner = z.object({ id: z.string(), security_group_id: z.string() });

export async function groupsNaming(session: Session, addressGroupId: string): Promise<string[]> {
  const query: [string, string][] = [
    ['remote_address_group_id', addressGroupId],
    ['fields', 'id'],
    ['fields', 'security_group_id'],
  ];
  const found = new Set<string>();
  for await (const page of pages(session, 'security-group-rules', query, RuleOwner)) {
    for (const rule of page) found.add(rule.security_group_id);
  }
  return [...found];
}

export async function groupOfRule(session: Session, ruleId: string): Promise<string[]> {
  const path = `/security-group-rules/${segment(ruleId)}`;
  const answer = await session.call({ method: 'GET', service: 'network', path, expect: [404] });
  const rule = RuleOwner.safeParse(json(answer.text).security_group_rule);
  return rule.success ? [rule.data.security_group_id] : [];
}
