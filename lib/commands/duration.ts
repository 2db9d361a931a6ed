const unitsMs: { [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `30m`, `12h`, `7d`, `2w` in ms; null for anything else. */
export function durationMs(text: string): number | null {
  const parts = /^(\d{1,6})([mhdw])$/.exec(text);
  const unitMs = unitsMs[parts?.[2] ?? ''];
  return parts === null || unitMs === undefined ? null : Number(parts[1]) * unitMs;
}
