import { fingerprint } from './fingerprint.ts';
import { isRecord } from './iam/statement.ts';
import { keepsItsShape } from './kinds/trail.ts';
import type { State } from './kinds.ts';
import { quarantine, withReport } from './leaks/reports.ts';
import type { Loop } from './loop.ts';
import type { Json, Leak, Trigger } from './model.ts';

/** Kinds whose settings somebody may never have wanted on: what was never seen on is told, not fixed. */
const remembered: readonly string[] = ['account', 'trail', 'credential', 'key-pair'];

/** What earlier looks at a resource kept. */
export interface Seen {
  /** Names of its settings that were found on, and reports that it is leaked. */
  on: readonly string[];
  /** Its settings when nothing was wrong with it: what a deleted one is made anew from. */
  was: { readonly [name: string]: Json } | null;
}

export const nothingSeen: Seen = { on: [], was: null };

/**
 * The settings of a resource that this look or an earlier one found on, and the reports that it is leaked. What is on now
 * is kept for the time when it is not; a dry run keeps nothing.
 */
export async function seenOn(state: State | null, key: string, trigger: Trigger, loop: Loop): Promise<Seen> {
  if (state === null || !remembered.includes(state.kind)) return nothingSeen;
  const known = await rememberedOf(key, loop);
  const settings = 'settings' in state ? state.settings : {};
  const on = Object.entries(settings).flatMap(([setting, value]) => (value === true ? [setting] : []));
  const seen = [...new Set([...known.on, ...on])];
  const all = leaksOf(state, trigger).reduce((kept, leak) => withReport(kept, leak, loop.now()), seen);
  const isNew = all.length !== known.on.length || all.some((one) => !known.on.includes(one));
  if (isNew && !loop.dryRun) await loop.history.set(`on/${key}`, all);
  return { ...known, on: all };
}

/** What the event says, and what the provider itself holds. */
function leaksOf(state: State, { leak }: Trigger): Leak[] {
  const said = leak === undefined ? [] : [leak];
  const isHeld = state.kind === 'credential' && state.isQuarantined;
  return isHeld ? [...said, { by: "AWS's quarantine of its owner", what: quarantine, sure: false }] : said;
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
