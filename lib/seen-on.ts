import { fingerprint } from './fingerprint.ts';
import { isRecord } from './iam/statement.ts';
import { isDeleted, keepsItsShape, ownServices, type TrailState } from './kinds/trail.ts';
import type { State } from './kinds.ts';
import { forgetWatcher, isDeployment, rememberWatcher } from './known-watchers.ts';
import { quarantine, withReport } from './leaks/reports.ts';
import type { Loop } from './loop.ts';
import type { Json, Leak, Resource, Trigger } from './model.ts';
import { resourceKey } from './model.ts';

/** Kinds whose settings somebody may never have wanted on: what was never seen on is told, not fixed. */
const remembered: readonly string[] = ['account', 'trail', 'credential', 'key-pair'];

/** What earlier looks at a resource kept. */
export interface Seen {
  /** Names of its settings that were found on, and reports that it is leaked. */
  on: readonly string[];
  /** Its settings when nothing was wrong with it: what a deleted one is made anew from. */
  was: { readonly [name: string]: Json } | null;
  /** Its shape as the event of its deletion told it; null where no event did. */
  said: Json;
}

export const nothingSeen: Seen = { on: [], was: null, said: null };

/**
 * The settings of a resource that this look or an earlier one found on, and the reports that it is leaked. What is on now
 * is kept for the time when it is not; a dry run keeps nothing.
 */
export async function seenOn(
  state: State | null,
  resource: Resource,
  trigger: Trigger,
  loop: Loop,
): Promise<Seen> {
  if (state === null || !remembered.includes(state.kind)) return nothingSeen;
  const key = resourceKey(resource);
  const known = await rememberedOf(key, loop);
  const settings = 'settings' in state ? state.settings : {};
  const on = Object.entries(settings).flatMap(([setting, value]) => (value === true ? [setting] : []));
  const seen = [...new Set([...known.on, ...on])];
  const all = leaksOf(state, trigger).reduce((kept, leak) => withReport(kept, leak, loop.now()), seen);
  const isNew = all.length !== known.on.length || all.some((one) => !known.on.includes(one));
  if (isNew && !loop.dryRun) await loop.history.set(`on/${key}`, all);
  const said = await saidOf(state, resource, trigger, loop);
  return { ...known, on: all, said: said ?? known.said };
}

/** What the event says, and what the provider itself holds. */
function leaksOf(state: State, { leak }: Trigger): Leak[] {
  const said = leak === undefined ? [] : [leak];
  const isHeld = state.kind === 'credential' && state.isQuarantined;
  return isHeld ? [...said, { by: "AWS's quarantine of its owner", what: quarantine, sure: false }] : said;
}

/** Kept for the click that approves it, which brings no event of the deletion along. */
async function saidOf(state: State, resource: Resource, { before }: Trigger, loop: Loop): Promise<Json> {
  if (before === undefined || state.kind !== 'trail' || !isDeleted(state)) return null;
  const said = loop.provider(resource).shapeBefore?.(resource, before) ?? null;
  if (said !== null && !loop.dryRun) await loop.history.set(`said/${resourceKey(resource)}`, said);
  return said;
}

/** What earlier looks kept. */
export async function rememberedOf(key: string, loop: Loop): Promise<Seen> {
  const stored = await loop.history.setting(`on/${key}`);
  const on = Array.isArray(stored) ? stored.map(String) : [];
  // Only what watches the account can be made anew.
  if (!/^[^/]+\/[^/]*\/[^/]+\/trail\//.test(key)) return { ...nothingSeen, on };
  const was = await loop.history.setting(`was/${key}`);
  return { on, was: isRecord(was) ? was : null, said: await loop.history.setting(`said/${key}`) };
}

/** Keeps the shape of what nothing is wrong with, for the time when it is deleted. */
export async function keepShape(
  state: State | null,
  resource: Resource,
  seen: Seen,
  loop: Loop,
): Promise<void> {
  if (loop.dryRun || state?.kind !== 'trail' || !keepsItsShape(state)) return;
  // Under the id of a lost one stands the one that was made in its place, which has an id of its own.
  if (resource.id.endsWith(state.name ?? '')) await rememberWatcher(resource, loop);
  else await forgetWatcher(resource, loop);
  if (fingerprint(seen.was) === fingerprint(state.settings)) return;
  await loop.history.set(`was/${resourceKey(resource)}`, state.settings);
}

/**
 * Whether somebody misses a deleted watcher: nobody does when what it watched is gone too. Such a one, and a part of this
 * service that went with its own stack, no later sweep need look for.
 */
export async function isMissed(
  state: TrailState,
  resource: Resource,
  { was, said }: Seen,
  { actor }: Trigger,
  loop: Loop,
): Promise<boolean> {
  const shape = was?.shape ?? said;
  const isMoot = shape !== null && ((await loop.provider(resource).isMoot?.(resource, shape)) ?? false);
  const isOver = isMoot || (ownServices.has(state.service) && isDeployment(actor));
  if (isOver && !loop.dryRun) await forgetWatcher(resource, loop);
  return !isMoot;
}
