import { fingerprint } from '../fingerprint.ts';
import type { Actor, Hint } from '../model.ts';
import { cut } from './json.ts';

/** An event reduced to what the loop may know of it: what to look at, and who is said to have touched it. */
export interface Normalised {
  /** The source's own id where it has one, so that the same event by two ways is one event. */
  eventId: string;
  /** When it happened, ISO 8601. */
  at: string | null;
  account: string | null;
  region: string | null;
  actor: Actor | null;
  name: string;
  hints: Hint[];
  /** Ids that look like none and were left out. */
  dropped: number;
  /** Why nothing is looked at; null where there are hints. */
  ignored: string | null;
  /** The ignored value is no event at all: counted as unreadable. */
  malformed: boolean;
  /** The number of a person's stored answer, which is carried out instead. */
  answer?: string;
}

export const levelsMax = 64;

export function malformed(value: unknown, why: string): Normalised {
  return {
    eventId: contentId(value),
    at: null,
    account: null,
    region: null,
    actor: null,
    name: 'unknown',
    hints: [],
    dropped: 0,
    ignored: `malformed event: ${why}`,
    malformed: true,
  };
}

/** The source's id where it is usable, else one that follows from the content and stays the same. */
export function idOf(candidates: readonly unknown[], value: unknown): string {
  for (const one of candidates) if (typeof one === 'string' && /^[\w.:/=+@-]{1,128}$/.test(one)) return one;
  return contentId(value);
}

function contentId(value: unknown): string {
  return `content-${fingerprint(cut(value, levelsMax)).slice(0, 32)}`;
}

/** ISO 8601 of the first usable time, or null. */
export function timeOf(...candidates: unknown[]): string | null {
  for (const one of candidates) {
    if (typeof one !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(one)) continue;
    const ms = Date.parse(one);
    if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  }
  return null;
}

/** A word of the event that is fit for a sentence: no markup, no line breaks, of bounded length. */
export function named(value: unknown): string | null {
  return typeof value === 'string' && /^[\w .:@/-]{1,128}$/.test(value) ? value : null;
}
