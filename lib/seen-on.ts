import { reported } from './controls/exposed-key.ts';
import type { State } from './kinds.ts';
import type { Loop } from './loop.ts';
import type { Trigger } from './model.ts';

/** Kinds whose settings somebody may never have wanted on: what was never seen on is told, not fixed. */
const remembered: readonly string[] = ['account', 'trail', 'credential'];

/** Events that name a key only because it is exposed; other findings name keys for many reasons. */
const reports: readonly string[] = ['AWS Health Event', 'AWS Health Abuse Event'];

/**
 * The settings of a resource that this look or an earlier one found on. What is on now is kept for the time when
 * it is not; a dry run keeps nothing.
 */
export async function seenOn(
  state: State | null,
  key: string,
  trigger: Trigger,
  loop: Loop,
): Promise<string[]> {
  if (state === null || !remembered.includes(state.kind) || !('settings' in state)) return [];
  const known = await rememberedOf(key, loop);
  const on = Object.entries(state.settings).flatMap(([setting, value]) => (value === true ? [setting] : []));
  const isReport = state.kind === 'credential' && reports.includes(trigger.name);
  const all = [...new Set([...known, ...on, ...(isReport ? [reported] : [])])];
  if (all.length > known.length && !loop.dryRun) await loop.history.set(`on/${key}`, all);
  return all;
}

/** What earlier looks kept. */
export async function rememberedOf(key: string, loop: Loop): Promise<string[]> {
  const stored = await loop.history.setting(`on/${key}`);
  return Array.isArray(stored) ? stored.map(String) : [];
}
