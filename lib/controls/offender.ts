import * as z from 'zod';
import type { BlocklistState } from '../kinds/blocklist.ts';
import type { Change, Exposure, Finding } from '../model.ts';
import { control } from './control.ts';

function check({ wanted, entries }: BlocklistState): Finding | null {
  const refused = new Set(entries.map((one) => one.id));
  const left = wanted.filter((one) => !refused.has(one.id));
  if (left.length === 0) return null;
  const exposures = left.map(
    ({ id, why, ask }): Exposure => ({
      ...{ part: 'wanted', id, what: why, to: id, severity: 'high' },
      ...(ask !== undefined && { ask }),
    }),
  );
  const whys = left.map(({ id, why }) => `${id} (${why})`);
  return {
    severity: 'high',
    why: `A client that attacks is not refused yet: ${whys.join('; ')}.`,
    exposures,
  };
}

/** Each of these clients, and no network around it. */
function fix({ wanted }: BlocklistState, exposures: readonly Exposure[]): Change[] {
  const ids = new Set(exposures.map((one) => one.id));
  const chosen = wanted.filter(({ id }) => ids.has(id));
  return chosen.map(({ ask: _, ...value }) => ({ op: 'add', part: 'entries', value }));
}

const attacker = { id: '203.0.113.5', until: '2026-11-24T12:05:00.000Z', why: 'flood: 240 requests' };
const good: BlocklistState = {
  kind: 'blocklist',
  name: '203.0.113.5',
  tags: {},
  wanted: [attacker],
  entries: [attacker],
};

export const offender = control({
  name: 'offender',
  kind: 'blocklist',
  title: 'A client that the log loops found attacking is not refused',
  remedy:
    'blocks that client until its time is over; undo lets it go, and it stays free for the same evidence',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check,
  fix,
  examples: { bad: { ...good, entries: [] }, good },
});
