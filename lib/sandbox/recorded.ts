import { readdir, readFile } from 'node:fs/promises';
import { fill } from '../events/samples.ts';
import type { Json } from '../model.ts';
import { normaliseAll } from '../normalise.ts';
import type { SandboxIds } from './seed.ts';

const folder = new URL('../../events/aws/', import.meta.url);

export interface Recorded {
  eventId: string;
  body: string;
}

/**
 * The recorded events as if they had happened to this sandbox, in the order of time; those that opened something
 * first, because the sandbox already is as they left it and later ones touch the same resources.
 */
export async function recordedEvents(ids: SandboxIds): Promise<Recorded[]> {
  const events = [];
  for (const name of (await readdir(folder)).sort()) {
    const sample = JSON.parse(await readFile(new URL(name, folder), 'utf8')) as Json;
    const filled = fill(sample, ids);
    const [first] = normaliseAll(filled);
    if (first === undefined) throw new Error(`there is no event in ${name}`);
    const order = `${name.includes('-opened') ? 0 : 1} ${first.at}`;
    events.push({ order, eventId: first.eventId, body: JSON.stringify(filled) });
  }
  events.sort((a, b) => (a.order < b.order ? -1 : 1));
  return events.map(({ eventId, body }) => ({ eventId, body }));
}
