import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { Share, SharingState } from '../../kinds/sharing.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import { isId, segment } from './id.ts';
import { json } from './keystone.ts';
import { pages } from './pages.ts';
import type { Session } from './session.ts';
import { tagsOf } from './tags.ts';

/**
 * What Neutron shares by role-based policies: networks, security groups, address groups, subnet pools. The id is
 * `network/ID`. https://docs.openstack.org/api-ref/network/v2/#rbac-policies
 */

/** Neutron's word for each sort, and where it is found. */
const sorts: { [sort: string]: { type: string; collection: string } } = {
  network: { type: 'network', collection: 'networks' },
  'security-group': { type: 'security_group', collection: 'security-groups' },
  'address-group': { type: 'address_group', collection: 'address-groups' },
  subnetpool: { type: 'subnetpool', collection: 'subnetpools' },
};

const Policy = z.object({
  id: z.string(),
  object_type: z.string(),
  object_id: z.string(),
  target_tenant: z.string().optional(),
  target_project: z.string().optional(),
  action: z.string(),
});
type Policy = z.infer<typeof Policy>;
const Thing = z.object({
  name: z.string().nullish(),
  project_id: z.string(),
  tags: z.array(z.string()).default([]),
});

/** An external network is meant for all; what is shared is what others can put their own machines into. */
const shared = 'access_as_shared';

export const isSharedObject = (id: string): boolean => id.includes('/');

interface Parts {
  sort: string;
  type: string;
  collection: string;
  own: string;
}

function partsOf(id: string): Parts | null {
  const [sort = '', own = ''] = id.split('/');
  const known = Object.hasOwn(sorts, sort) ? sorts[sort] : undefined;
  return known && isId(own) ? { sort, own, ...known } : null;
}

const unknown = () => new TerminalError('Neutron shares no such thing');

export async function readShared(session: Session, id: string): Promise<Reading> {
  const parts = partsOf(id);
  // One id that nothing has is no reason not to read the others.
  if (parts === null) return { status: 'error', error: unknown() };
  const { sort, collection, own } = parts;
  const path = `/${collection}/${segment(own)}`;
  const answer = await session.call({ method: 'GET', service: 'network', path, expect: [404] });
  if (answer.status === 404) return { status: 'gone' };
  const thing = Thing.safeParse(Object.values(json(answer.text))[0]);
  if (!thing.success) throw new TerminalError(`network: ${sort} ${own} came in an unknown shape`);
  const { name, project_id, tags } = thing.data;
  const targets = (await policiesOf(session, own)).map(targetOf).filter((target) => target !== project_id);
  const state: SharingState = {
    kind: 'sharing',
    name: name || null,
    tags: tagsOf(tags),
    service: sort,
    owner: project_id,
    encrypted: null,
    shares: [...new Set(targets)].sort().map((target): Share => ({ id: target === '*' ? 'all' : target })),
  };
  return { status: 'found', state };
}

async function policiesOf(session: Session, objectId: string): Promise<Policy[]> {
  return policies(session, [['object_id', objectId]]);
}

async function policies(session: Session, query: [string, string][]): Promise<Policy[]> {
  const found: Policy[] = [];
  // Neutron does not let anybody sort these; its pages are by id all the same.
  for await (const page of pages(session, 'rbac-policies', query, Policy, 500, [])) found.push(...page);
  return found.filter((one) => one.action === shared);
}

const targetOf = ({ target_tenant, target_project }: Policy): string => target_project ?? target_tenant ?? '';

export async function share(
  session: Session,
  id: string,
  change: Exclude<Change, { op: 'set' }>,
): Promise<void> {
  const parts = partsOf(id);
  if (parts === null) throw unknown();
  const { type, own } = parts;
  const target = change.value.id === 'all' ? '*' : change.value.id;
  if (change.op === 'add') {
    const rbac_policy = { object_type: type, object_id: own, target_tenant: target, action: shared };
    const call = { method: 'POST', service: 'network', path: '/rbac-policies' } as const;
    await session.call({ ...call, body: { rbac_policy }, expect: [409] });
    return;
  }
  for (const policy of await policiesOf(session, own)) {
    if (targetOf(policy) !== target) continue;
    const path = `/rbac-policies/${segment(policy.id)}`;
    const answer = await session.call({ method: 'DELETE', service: 'network', path, expect: [404, 409] });
    // https://docs.openstack.org/neutron/latest/admin/config-rbac.html: what is in use cannot be taken back.
    if (answer.status === 409)
      throw new TerminalError(`others still use ${id}, so Neutron does not take it back`);
  }
}

/** What this project shares, each once. */
export async function listShared(session: Session): Promise<string[]> {
  const { account } = await session.place();
  const ids = new Set<string>();
  for (const { object_type, object_id } of await policies(session, [['project_id', account]])) {
    const sort = Object.entries(sorts).find(([, { type }]) => type === object_type)?.[0];
    if (sort) ids.add(`${sort}/${object_id}`);
  }
  return [...ids];
}
