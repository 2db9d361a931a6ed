/** The last moment of a date of the policy file: `2026-12-31` is the whole day in UTC. Null: no such date. */
export function endOf(date: string): Date | null {
  const match = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.exec(date);
  const day = match?.[1];
  if (!day) return null;
  const midnight = new Date(`${day}T00:00:00.000Z`);
  // Date rolls the 30th of February over into March.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return null;
  const end = new Date(match[2] ? date : `${day}T23:59:59.999Z`);
  return Number.isNaN(end.getTime()) ? null : end;
}
