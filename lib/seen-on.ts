import type { State } from './kinds.ts';
import { quarantine, withReport } from './leaks/reports.ts';
import type { Loop } from './loop.ts';
import type { Leak, Trigger } from './model.ts';

/** Kinds whose settings somebody may never have wanted on: what was never seen on is told, not fixed. */
const remembered: readonly string[] = ['account', 'trail', 'credential', 'key-pair'];

/**
 * The settings of a resource that this look or an earlier one found on, and the reports that it is leaked. What is on now
 * is kept for the time when it is not; a dry run keeps nothing.
 */
export async function seenOn(
  state: State | null,
  key: string,
  trigger: Trigger,
  loop: Loop,
): Promise<string[]> {
  if (state === null || !remembered.includes(state.kind)) return [];
  const known = await rememberedOf(key, loop);
  const settings = 'settings' in state ? state.settings : {};
  const on = Object.entries(settings).flatMap(([setting, value]) => (value === true ? [setting] : []));
  const seen = [...new Set([...known, ...on])];
  const all = leaksOf(state, trigger).reduce((kept, leak) => withReport(kept, leak, loop.now()), seen);
  const isNew = all.length !== known.length || all.some((one) => !known.includes(one));
  if (isNew && !loop.dryRun) await loop.history.set(`on/${key}`, all);
  return all;
}

/** What the event says, and what the provider itself holds. */
function leaksOf(state: State, { leak }: Trigger): Leak[] {
  const said = leak === undefined ? [] : [leak];
  const isHeld = state.kind === 'credential' && state.isQuarantined;
  return isHeld ? [...said, { by: "AWS's quarantine of its owner", what: quarantine, sure: false }] : said;
}

/** What earlier looks kept. */
export async function rememberedOf(key: string, loop: Loop): Promise<string[]> {
  const stored = await loop.history.setting(`on/${key}`);
  return Array.isArray(stored) ? stored.map(String) : [];
}
