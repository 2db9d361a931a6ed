import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { CredentialState } from '../../kinds/credential.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter, Place } from './adapter.ts';

/**
 * API keys; the id is the key itself, which is no secret. A key belongs to a role, which says what it may do, so the role is
 * its owner here. Nothing switches a key off: it works until it is deleted. https://openapi-v2.exoscale.com/group/endpoint-iam
 */

const Key = z.object({ key: z.string(), name: z.string().default(''), 'role-id': z.string().optional() });
export type Key = z.infer<typeof Key>;
const Keys = z.object({ 'api-keys': z.array(Key) });
const Role = z.object({
  id: z.string(),
  name: z.string(),
  policy: z
    .object({
      'default-service-strategy': z.string(),
      services: z.record(z.string(), z.unknown()).default({}),
    })
    .nullish(),
});
type Role = z.infer<typeof Role>;
const Roles = z.object({ 'iam-roles': z.array(Role) });

export const credential: Adapter = {
  kind: 'credential',
  scope: 'global',

  async read(place, ids) {
    const keys = await keysIn(place);
    const roles = keys.some((one) => ids.includes(one.key)) ? await rolesIn(place) : new Map<string, Role>();
    return new Map(ids.map((id) => [id, reading(id, keys, roles)]));
  },

  apply: () => Promise.reject(new TerminalError('Exoscale cannot switch an API key off')),

  async *list(place) {
    yield (await keysIn(place)).map((one) => one.key);
  },
};

export async function keysIn({ client, zone }: Place): Promise<Key[]> {
  return (await client.get(zone, '/api-key', Keys))['api-keys'];
}

/** By id. */
async function rolesIn({ client, zone }: Place): Promise<Map<string, Role>> {
  const all = await client.get(zone, '/iam-role', Roles);
  return new Map(all['iam-roles'].map((role) => [role.id, role]));
}

/** The role's name and id: names may stand twice. */
function ownerOf({ 'role-id': id }: Key, role: Role | undefined): string {
  return id === undefined ? 'no role' : `${role?.name ?? 'role'} (${id})`;
}

/** A policy that allows by default and says nothing more of any service allows everything. */
function mayDoEverything(role: Role | undefined): boolean {
  const policy = role?.policy;
  return policy?.['default-service-strategy'] === 'allow' && Object.keys(policy.services).length === 0;
}

/** The id in an owner that `ownerOf` wrote. */
export function roleIdIn(owner: string): string | null {
  return /\(([0-9a-f-]{36})\)$/.exec(owner)?.[1] ?? null;
}

function reading(id: string, keys: readonly Key[], roles: ReadonlyMap<string, Role>): Reading {
  const key = keys.find((one) => one.key === id);
  if (!key) return { status: 'gone' };
  const role = roles.get(key['role-id'] ?? '');
  const state: CredentialState = {
    kind: 'credential',
    name: ownerOf(key, role),
    tags: {},
    service: 'api-key',
    createdAt: null,
    lastUsedAt: null,
    otherActiveKeys: keys.filter((one) => one.key !== id && one['role-id'] === key['role-id']).length,
    isQuarantined: false,
    ...(mayDoEverything(role) ? { reach: 'everything' } : {}),
    lacks: ['deactivation'],
    settings: { status: 'Active' },
  };
  return { status: 'found', state };
}
