/**
 * A sliding window of one client and one detector: (slot, count) pairs in time order, of the last one and a half
 * windows or more, so that a record up to half a window late still meets everything it belongs with.
 *
 * Limits up to 255 keep a slot per millisecond and are exact. Larger limits count in slots of a 120th of the
 * window; a sum is always taken over slots that fit into the window, so it never claims more than was sent in it.
 */
export interface Window {
  times: number[];
  counts: number[];
}

export interface Limit {
  /** How many are still allowed inside the window. */
  requests: number;
  windowMs: number;
  /** How late a record may come; left out, half a window. */
  lateMs?: number | undefined;
}

/** How long a record may still matter to a window. */
export function keptMs({ windowMs, lateMs = 0 }: Limit): number {
  return windowMs + Math.max(windowMs / 2, lateMs);
}

const exactUpTo = 255;
const slotsPerWindow = 120;

export function slotMs({ requests, windowMs }: Limit): number {
  return requests <= exactUpTo ? 1 : Math.max(1, Math.floor(windowMs / slotsPerWindow));
}

export function emptyWindow(): Window {
  return { times: [], counts: [] };
}

/** Adds `count` records at a time and answers the most that any window containing that time holds. */
export function addTo(window: Window, timeMs: number, limit: Limit, count = 1): number {
  const step = slotMs(limit);
  const slot = step === 1 ? timeMs : Math.floor(timeMs / step) * step;
  const { times, counts } = window;
  const newest = times.at(-1) ?? Number.NEGATIVE_INFINITY;
  const kept = keptMs(limit);
  if (slot < newest - kept) return 0;
  dropBefore(window, Math.max(slot, newest) - kept);
  let at = times.length;
  while (at > 0 && (times[at - 1] ?? 0) > slot) at--;
  if (times[at - 1] === slot) counts[--at] = (counts[at] ?? 0) + count;
  else if (at === times.length) {
    times.push(slot);
    counts.push(count);
  } else {
    times.splice(at, 0, slot);
    counts.splice(at, 0, count);
  }
  return most(window, at, limit.windowMs - step);
}

/** The largest sum over slots that lie within `spanMs` of each other and include the slot at `at`. */
function most({ times, counts }: Window, at: number, spanMs: number): number {
  const here = times[at] ?? 0;
  let from = at;
  let sum = counts[at] ?? 0;
  while (from > 0 && here - (times[from - 1] ?? 0) <= spanMs) sum += counts[--from] ?? 0;
  let best = sum;
  for (let to = at + 1; to < times.length && (times[to] ?? 0) - here <= spanMs; to++) {
    sum += counts[to] ?? 0;
    while ((times[to] ?? 0) - (times[from] ?? 0) > spanMs) sum -= counts[from++] ?? 0;
    if (sum > best) best = sum;
  }
  return best;
}

function dropBefore({ times, counts }: Window, timeMs: number): void {
  if ((times[0] ?? timeMs) >= timeMs) return;
  let old = 0;
  while (old < times.length && (times[old] ?? 0) < timeMs) old++;
  // Copying the rest at every step would be quadratic; a third of dead weight is cheap.
  if (old * 3 < times.length && times.length < 512) return;
  times.splice(0, old);
  counts.splice(0, old);
}
