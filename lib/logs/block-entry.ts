import type { BlockEntry, BlocklistState } from '../kinds/blocklist.ts';
import { type Resource, resourceKey } from '../model.ts';
import { type Blocked, isInForce, isWanted } from './block-set.ts';

/** A client as a resource: every log loop on every host and account shares what it knows of it. */
export function clientResource(client: string): Resource {
  return { provider: 'host', account: 'loops', region: 'global', kind: 'blocklist', id: client };
}

export function clientKeyOf(client: string): string {
  return resourceKey(clientResource(client));
}

export function blocklistState(one: Blocked, nowMs: number): BlocklistState {
  const entry: BlockEntry = {
    id: one.client,
    until: new Date(one.untilMs).toISOString(),
    why: one.why ?? 'it attacked',
    ...(one.ask !== undefined && { ask: one.ask }),
  };
  const isRefused = isInForce(one, nowMs) && (one.sets.length > 0 || one.within !== undefined);
  return {
    kind: 'blocklist',
    name: one.client,
    tags: {},
    wanted: isWanted(one, nowMs) ? [entry] : [],
    entries: isRefused ? [entry] : [],
  };
}

const batchPrefix = 'batch/';
export const isBatchId = (id: string) => id.startsWith(batchPrefix);
export const batchIdOf = (loop: string, id: string) => `${batchPrefix}${loop}/${id}`;

/** Many clients as one resource: refused while any of them is. */
export function batchState(id: string, clients: readonly Blocked[], nowMs: number): BlocklistState {
  const states = clients.map((one) => blocklistState(one, nowMs));
  const untilMs = Math.max(nowMs, ...clients.map((one) => one.untilMs));
  const entry: BlockEntry = {
    id,
    until: new Date(untilMs).toISOString(),
    why: `${clients.length} clients of one attack, beside the worst of it, which have cases of their own`,
    clients: clients.map((one) => one.client),
  };
  const isAny = (part: 'wanted' | 'entries') => states.some((one) => one[part].length > 0);
  return {
    kind: 'blocklist',
    name: id,
    tags: {},
    wanted: isAny('wanted') ? [entry] : [],
    entries: isAny('entries') ? [entry] : [],
  };
}

/** A rule has no end of its own: it goes when it has matched nothing for days. */
export const whileBlocking = 'it matches nothing any more';
