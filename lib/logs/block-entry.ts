import type { BlockEntry, BlocklistState } from '../kinds/blocklist.ts';
import { type Resource, resourceKey } from '../model.ts';
import type { Blocked } from './block-set.ts';

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
  };
  const isWanted = one.untilMs > nowMs && one.unblocked !== true;
  const isRefused = isWanted && (one.sets.length > 0 || one.within !== undefined);
  return {
    kind: 'blocklist',
    name: one.client,
    tags: {},
    wanted: isWanted ? [entry] : [],
    entries: isRefused ? [entry] : [],
  };
}

/** A rule has no end of its own: it goes when it has matched nothing for days. */
export const whileBlocking = 'it matches nothing any more';
