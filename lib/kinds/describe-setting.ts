import type { Change, Json } from '../model.ts';

/** `set httpTokens to required (was optional)`. */
export function describeSetting(change: Extract<Change, { op: 'set' }>): string {
  return `set ${change.id} to ${spell(change.to)} (was ${spell(change.from)})`;
}

function spell(value: Json): string {
  if (value === null) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
