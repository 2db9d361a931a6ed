import { randomUUID } from 'node:crypto';
import type { ExoscaleState, Fields, Group, Rule } from './state.ts';

/** The endpoints that are used, by their path in the official document. */

export interface Asked {
  state: ExoscaleState;
  params: { [name: string]: string };
  query: URLSearchParams;
  body: Fields;
}
export type Said = object | null;
/** Answers the JSON of a 200, or null for a 404. */
export type Route = (asked: Asked) => Said;

export const routes: { [method: string]: { [template: string]: Route } } = {
  GET: {
    '/zone': ({ state }) => ({ zones: state.zones.map((name) => ({ name })) }),
    '/organization': ({ state }) => state.organization,
    '/operation/{id}': ({ state, params }) => state.polled(params.id ?? ''),
    '/security-group': ({ state, query }) => {
      const wanted = query.get('visibility') === 'public' ? state.publicGroups : [...state.groups.values()];
      // The rules of a group are shown at its own address only.
      return { 'security-groups': wanted.map(({ rules: _, ...group }) => group) };
    },
    '/security-group/{id}': ({ state, params }) => state.groups.get(params.id ?? '') ?? null,
    '/elastic-ip': ({ state }) => ({ 'elastic-ips': state.elasticIps }),
    '/instance': ({ state }) => ({ instances: state.instances }),
    '/event': ({ state, query }) => {
      const from = Date.parse(query.get('from') ?? '') || Date.now() - 86_400_000;
      const to = Date.parse(query.get('to') ?? '') || Date.now();
      const at = (event: Fields) => Date.parse(String(event.timestamp));
      return state.events.filter((event) => at(event) >= from && at(event) <= to);
    },
    '/api-key': ({ state }) => ({ 'api-keys': [...state.keys.values()] }),
    '/api-key/{id}': ({ state, params }) => state.keys.get(params.id ?? '') ?? null,
    '/sks-cluster': ({ state }) => ({ 'sks-clusters': [...state.clusters.values()] }),
    '/sos-buckets-usage': ({ state }) => ({ 'sos-buckets-usage': state.buckets }),
    '/dbaas-service': ({ state }) => ({
      'dbaas-services': [...state.databases.values()].map(({ name, type, plan }) => ({ name, type, plan })),
    }),
    '/dbaas-postgres/{name}': ({ state, params }) => state.databases.get(params.name ?? '') ?? null,
    '/iam-role': ({ state }) => ({ 'iam-roles': [...state.roles.values()] }),
    '/iam-role/{id}': ({ state, params }) => state.roles.get(params.id ?? '') ?? null,
  },
  POST: {
    '/security-group': ({ state, body }) => {
      const group: Group = { id: randomUUID(), name: String(body.name), rules: [] };
      if (body.description) group.description = body.description;
      state.groups.set(group.id, group);
      return state.started(group);
    },
    '/security-group/{id}/rules': ({ state, params, body }) => {
      const group = state.groups.get(params.id ?? '');
      if (!group) return null;
      const rule: Rule = { id: randomUUID(), ...body };
      if (group.rules.some((one) => meaning(one) === meaning(rule))) return state.started(group, 'conflict');
      group.rules.push(rule);
      return state.started(group);
    },
    '/api-key': ({ state, body }) => {
      const key = `EXO${randomUUID().replaceAll('-', '').slice(0, 24)}`;
      state.keys.set(key, { key, name: body.name, 'role-id': body['role-id'] });
      return { ...state.keys.get(key), secret: randomUUID() };
    },
  },
  PUT: {
    '/sks-cluster/{id}': ({ state, params, body }) => {
      const held = state.clusters.get(params.id ?? '');
      if (!held) return null;
      Object.assign(held, body);
      return state.started({ id: held.id });
    },
    '/dbaas-postgres/{name}': ({ state, params, body }) => {
      const held = state.databases.get(params.name ?? '');
      if (!held) return null;
      Object.assign(held, body);
      return state.started({});
    },
    '/security-group/{id}:add-source': ({ state, params, body }) => {
      const group = state.groups.get(params.id ?? '');
      if (!group) return null;
      group['external-sources'] = [...new Set([...(group['external-sources'] ?? []), String(body.cidr)])];
      return state.started(group);
    },
    '/security-group/{id}:remove-source': ({ state, params, body }) => {
      const group = state.groups.get(params.id ?? '');
      if (!group) return null;
      group['external-sources'] = (group['external-sources'] ?? []).filter((one) => one !== body.cidr);
      return state.started(group);
    },
  },
  DELETE: {
    '/security-group/{id}': ({ state, params }) => {
      const id = params.id ?? '';
      return state.groups.delete(id) ? state.started({ id }) : null;
    },
    '/security-group/{id}/rules/{rule-id}': ({ state, params }) => {
      const group = state.groups.get(params.id ?? '');
      const at = group?.rules.findIndex((rule) => rule.id === params['rule-id']) ?? -1;
      if (!group || at < 0) return null;
      group.rules.splice(at, 1);
      return state.started(group);
    },
    '/api-key/{id}': ({ state, params }) => (state.keys.delete(params.id ?? '') ? state.started({}) : null),
  },
};

function meaning({ id: _, description: __, ...rule }: Rule): string {
  return JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The template that a path below `/v2` fits, and what stands in its braces. */
export function routeOf(method: string, path: string) {
  for (const [template, route] of Object.entries(routes[method] ?? {})) {
    const names = [...template.matchAll(/\{([^}]+)\}/g)].map((found) => found[1] ?? '');
    const pattern = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '([^/:]+)');
    const found = new RegExp(`^${pattern}$`).exec(path);
    if (!found) continue;
    const params = Object.fromEntries(
      names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]),
    );
    return { template, route, params };
  }
  return null;
}
