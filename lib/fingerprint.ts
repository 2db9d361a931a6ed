import { createHash } from 'node:crypto';
import type { Change, Json, Resource } from './model.ts';
import { resourceKey } from './model.ts';

/** JSON with keys in order, so that equal values have equal text. `undefined` fields are left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}

/** Hex SHA-256 of the canonical JSON of a value. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** What an approval is bound to: this control's changes on this resource and nothing else. */
export function planFingerprint(resource: Resource, control: string, changes: readonly Change[]): string {
  return fingerprint({ resource: resourceKey(resource), control, changes: changes.map(keyOfChange).sort() });
}

/** Equal for changes that mean the same step, whatever readable text or position they carry. */
export function keyOfChange(change: Change): string {
  if (change.op === 'set') return canonical({ op: 'set', part: change.part, id: change.id, to: change.to });
  const { id, ...content } = change.value as { id: string; [key: string]: Json };
  const named = change.op === 'remove' ? { id } : content;
  return canonical({ op: change.op, part: change.part, value: named });
}
