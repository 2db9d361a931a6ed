import pMap from 'p-map';
import * as z from 'zod';
import { messageOf, RetryableError, TerminalError } from '../../errors.ts';
import { canonical } from '../../fingerprint.ts';
import type { DatabaseState } from '../../kinds/database.ts';
import type { Json } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter, Place } from './adapter.ts';
import { failed } from './client.ts';

/** Managed databases (DBaaS). Their id is their name, which is one in a zone. */

const Service = z.object({ name: z.string(), type: z.string() });
const Services = z.object({ 'dbaas-services': z.array(Service) });
const Details = z.object({
  name: z.string(),
  state: z.string().optional(),
  'ip-filter': z.array(z.string()).default([]),
});

/** Each type has an address of its own; only PostgreSQL's differs from its type. */
const paths: { [type: string]: string } = {
  pg: 'postgres',
  mysql: 'mysql',
  valkey: 'valkey',
  kafka: 'kafka',
  opensearch: 'opensearch',
  grafana: 'grafana',
  thanos: 'thanos',
  clickhouse: 'clickhouse',
};

export const database: Adapter = {
  kind: 'database',
  scope: 'zone',

  async read(place, ids) {
    const types = await typesOf(place);
    const readings = await pMap(ids, (id) => readService(place, id, types.get(id)), { concurrency: 6 });
    return new Map(ids.map((id, index) => [id, readings[index] as Reading]));
  },

  async apply(place, id, change) {
    if (change.op !== 'set' || change.id !== 'ipFilter') {
      throw new TerminalError(`a database has no ${change.part} to ${change.op}`);
    }
    await setFilter(place, id, change.from, change.to);
    return change;
  },

  async *list(place) {
    yield [...(await typesOf(place)).keys()];
  },
};

async function typesOf({ client, zone }: Place): Promise<Map<string, string>> {
  const all = await client.get(zone, '/dbaas-service', Services);
  return new Map(all['dbaas-services'].map(({ name, type }) => [name, type]));
}

async function readService(place: Place, name: string, type: string | undefined): Promise<Reading> {
  // The list is the whole of the zone, so a name that is not in it is not there.
  if (type === undefined) return { status: 'gone' };
  try {
    const details = await place.client.find(place.zone, pathOf(type, name), Details);
    if (!details) return { status: 'gone' };
    const state: DatabaseState = {
      kind: 'database',
      name,
      tags: {},
      service: `dbaas-${type}`,
      status: details.state ?? 'unknown',
      // Exoscale encrypts all of them and says nothing of it.
      encrypted: null,
      settings: { ipFilter: details['ip-filter'] },
    };
    return { status: 'found', state };
  } catch (thrown) {
    return {
      status: 'error',
      error: thrown instanceof Error ? thrown : new TerminalError(messageOf(thrown)),
    };
  }
}

function pathOf(type: string, name: string): string {
  const path = Object.hasOwn(paths, type) ? paths[type] : undefined;
  if (!path) throw new TerminalError(`Exoscale: databases of type ${type} are not known`);
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/i.test(name))
    throw new TerminalError('Exoscale gives no such database name');
  return `/dbaas-${path}/${name}`;
}

/** There is no conditional update, so the filter is read right before: somebody else's change is not undone. */
async function setFilter(place: Place, name: string, from: Json, to: Json): Promise<void> {
  const type = (await typesOf(place)).get(name);
  if (type === undefined) return;
  const path = pathOf(type, name);
  const now = (await place.client.find(place.zone, path, Details))?.['ip-filter'];
  if (now === undefined || canonical(now) === canonical(to)) return;
  if (canonical(now) !== canonical(from)) {
    throw new RetryableError(`the filter of database ${name} was changed by somebody else since it was read`);
  }
  const ended = await place.client.change(place.zone, { method: 'PUT', path, body: { 'ip-filter': to } });
  if (ended.state !== 'success') throw failed(`changing the filter of ${name}`, ended);
}
