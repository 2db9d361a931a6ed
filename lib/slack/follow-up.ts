import type { Entry } from '../cases.ts';
import { isTellable } from '../history/advance.ts';
import { code, prose } from './inert.ts';
import { personOf, timeOf } from './message.ts';

/** What happened since, as one reply in the thread of the case. Pure. */

/** Null when nothing is worth a reply. */
export function followUp(entries: readonly Entry[]): string | null {
  const lines = entries.filter((entry) => isTellable(entry.story)).map(lineOf);
  if (lines.length === 0) return null;
  const kept = lines.slice(-5);
  const older = lines.length > kept.length ? [`… ${lines.length - kept.length} earlier`] : [];
  return [...older, ...kept].join('\n');
}

function lineOf({ at, story }: Entry): string {
  const by = 'by' in story && story.by !== '' ? ` · ${personOf(story.by)}` : '';
  const why = 'why' in story ? ` ${prose(story.why, 180)}` : '';
  return `${timeOf(at)} ${code(story.type, 30)}${by}${why}`;
}
