import { reported } from './controls/exposed-key.ts';
import { fingerprint } from './fingerprint.ts';
import { isRecord } from './iam/statement.ts';
import { keepsItsShape } from './kinds/trail.ts';
import type { State } from './kinds.ts';
import type { Loop } from './loop.ts';
import type { Json, Trigger } from './model.ts';

/** Kinds whose settings somebody may never have wanted on: what was never seen on is told, not fixed. */
const remembered: readonly string[] = ['account', 'trail', 'credential'];

/** Events that name a key only because it is exposed; other findings name keys for many reasons. */
const reports: readonly string[] = ['AWS Health Event', 'AWS Health Abuse Event'];

/** What earlier looks at a resource kept. */
export interface Seen {
  /** Names of its settings that were found on. */
  on: readonly string[];
  /** Its settings when nothing was wrong with it: what a deleted one is made anew from. */
  was: { readonly [name: string]: Json } | null;
}

export const nothingSeen: Seen = { on: [], was: null };

/**
 * The settings of a resource that this look or an earlier one found on. What is on now is kept for the time when
 * it is not; a dry run keeps nothing.
 */
export async function seenOn(state: State | null, key: string, trigger: Trigger, loop: Loop): Promise<Seen> {
  if (state === null || !remembered.includes(state.kind) || !('settings' in state)) return nothingSeen;
  const known = await rememberedOf(key, loop);
  const on = Object.entries(state.settings).flatMap(([setting, value]) => (value === true ? [setting] : []));
  const isReport = state.kind === 'credential' && reports.includes(trigger.name);
  const all = [...new Set([...known.on, ...on, ...(isReport ? [reported] : [])])];
  if (all.length > known.on.length && !loop.dryRun) await loop.history.set(`on/${key}`, all);
  return { ...known, on: all };
}

/** What earlier looks kept. */
export async function rememberedOf(key: string, loop: Loop): Promise<Seen> {
  const stored = await loop.history.setting(`on/${key}`);
  const on = Array.isArray(stored) ? stored.map(String) : [];
  // Only what watches the account can be made anew.
  const was = /^[^/]+\/[^/]*\/[^/]+\/trail\//.test(key) ? await loop.history.setting(`was/${key}`) : null;
  return { on, was: isRecord(was) ? was : null };
}

/** Keeps the shape of what nothing is wrong with, for the time when it is deleted. */
export async function keepShape(state: State | null, key: string, seen: Seen, loop: Loop): Promise<void> {
  if (loop.dryRun || state?.kind !== 'trail' || !keepsItsShape(state)) return;
  if (fingerprint(seen.was) === fingerprint(state.settings)) return;
  await loop.history.set(`was/${key}`, state.settings);
}
