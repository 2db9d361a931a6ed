/** A stretch of time as the width of a page. Times in ms since the epoch. */
export interface Axis {
  fromMs: number;
  untilMs: number;
  ticks: { atMs: number; label: string }[];
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const stepsMs = [
  ...[1, 5, 15, 30].map((count) => count * minuteMs),
  ...[1, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * dayMs),
];
const ticksMost = 8;

/** From the first to the last of these times, with marks at round times in UTC. */
export function axisOver(times: readonly number[]): Axis {
  const fromMs = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const lastMs = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(fromMs)) return { fromMs: 0, untilMs: 1, ticks: [] };
  // What all happened at once still has a width.
  const untilMs = Math.max(lastMs, fromMs + minuteMs);
  return { fromMs, untilMs, ticks: ticksOf(fromMs, untilMs) };
}

/** How far along the axis a time is, in percent. */
export function percentAt({ fromMs, untilMs }: Axis, atMs: number): number {
  return Math.min(100, Math.max(0, ((atMs - fromMs) / (untilMs - fromMs)) * 100));
}

function ticksOf(fromMs: number, untilMs: number): Axis['ticks'] {
  const span = untilMs - fromMs;
  const stepMs =
    stepsMs.find((step) => span / step <= ticksMost) ?? Math.ceil(span / ticksMost / dayMs) * dayMs;
  const ticks: Axis['ticks'] = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= untilMs; atMs += stepMs) {
    ticks.push({ atMs, label: labelOf(atMs, stepMs) });
  }
  return ticks;
}

function labelOf(atMs: number, stepMs: number): string {
  const [day = '', time = ''] = new Date(atMs).toISOString().split('T');
  return stepMs >= dayMs ? day : `${day.slice(5)} ${time.slice(0, 5)}`;
}
