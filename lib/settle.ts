import { fingerprint } from './fingerprint.ts';
import { contentOf, partOf, type State } from './kinds.ts';
import type { Change, Element, Json, ToldChange } from './model.ts';

/**
 * Which of the intended changes are in effect: what was so in `before` and is otherwise in `now`. The answer is
 * the same whether we saw our calls succeed or crashed behind them, and it carries the ids that `now` shows.
 */
export function inEffect(intended: readonly ToldChange[], before: State, now: State): ToldChange[] {
  return intended.flatMap((change): ToldChange[] => {
    if (change.op === 'set') {
      const changed = same(settingIn(now, change), change.to) && !same(settingIn(before, change), change.to);
      return changed ? [change] : [];
    }
    const was = elementLike(before, change);
    const is = elementLike(now, change);
    if (change.op === 'remove') return was !== null && is === null ? [change] : [];
    return was === null && is !== null ? [{ ...change, value: is }] : [];
  });
}

/**
 * How it was before two intents of which the first is still open: before the second, with what the first may have
 * changed as it was before that. What was opened between the two stands in the second only.
 */
export function beforeBoth(first: { changes: readonly ToldChange[]; before: State }, second: State): State {
  const before = structuredClone(second);
  for (const change of first.changes) {
    const part = partOf(before, change.part);
    if (change.op === 'set') {
      if (!Array.isArray(part)) part[change.id] = settingIn(first.before, change);
      continue;
    }
    if (!Array.isArray(part)) continue;
    const was = elementLike(first.before, change);
    const is = elementLike(before, change);
    if (was !== null && is === null) part.push(structuredClone(was));
    if (was === null && is !== null) part.splice(part.indexOf(is), 1);
  }
  return before;
}

function settingIn(state: State, change: Extract<Change, { op: 'set' }>): Json {
  const part = partOf(state, change.part);
  return Array.isArray(part) ? null : (part[change.id] ?? null);
}

/** By content; a client in a block list by its name, because further evidence lengthens its time. */
function elementLike(state: State, change: Exclude<Change, { op: 'set' }>): Element | null {
  const part = partOf(state, change.part);
  if (!Array.isArray(part)) return null;
  const wanted = fingerprint(contentOf(state.kind, change.value));
  const isIt = (one: Element) =>
    state.kind === 'blocklist'
      ? one.id === change.value.id
      : fingerprint(contentOf(state.kind, one)) === wanted;
  return part.find(isIt) ?? null;
}

function same(a: Json, b: Json): boolean {
  return fingerprint(a) === fingerprint(b);
}
