import type { State } from './kinds.ts';
import type { Loop } from './loop.ts';

/** Kinds whose settings somebody may never have wanted on: what was never seen on is told, not fixed. */
const remembered: readonly string[] = ['account', 'trail'];

/**
 * The settings of a resource that this look or an earlier one found on. What is on now is kept for the time when
 * it is not; a dry run keeps nothing.
 */
export async function seenOn(state: State | null, key: string, loop: Loop): Promise<string[]> {
  if (state === null || !remembered.includes(state.kind) || !('settings' in state)) return [];
  const name = `on/${key}`;
  const stored = await loop.history.setting(name);
  const known = Array.isArray(stored) ? stored.map(String) : [];
  const on = Object.entries(state.settings).flatMap(([setting, value]) => (value === true ? [setting] : []));
  const all = [...new Set([...known, ...on])];
  if (all.length > known.length && !loop.dryRun) await loop.history.set(name, all);
  return all;
}
