import { randomBytes } from 'node:crypto';
import { TerminalError } from './errors.ts';

/** The part of the composition root that reads the clock and randomness. */

/** The present time, or one that runs on from `start` (ISO 8601). */
export function clock(start: string | undefined): () => Date {
  if (start === undefined) return () => new Date();
  const shiftMs = Date.parse(start) - Date.now();
  if (Number.isNaN(shiftMs))
    throw new TerminalError(`--now ${start}: expected a time such as 2026-11-24T12:00:00Z`);
  return () => new Date(Date.now() + shiftMs);
}

/** A secret for whoever reads the terminal, where none was set. */
export const newToken = () => randomBytes(24).toString('base64url');

/** Sorts by time, is short enough to type, and holds 40 random bits beside the millisecond. */
export function newId(now: Date): string {
  const time = now.getTime().toString(32).padStart(9, '0');
  return `c${time}${randomBytes(5).toString('hex')}`;
}
