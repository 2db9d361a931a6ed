import { TerminalError } from '../errors.ts';
import { durationMs } from './duration.ts';

/** ISO 8601 of a time, or of a span before now. Throws TerminalError for anything else. */
export function pastTime(option: string, text: string, now: Date): string {
  const agoMs = durationMs(text);
  if (agoMs !== null) return new Date(now.getTime() - agoMs).toISOString();
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new TerminalError(`${option} ${text}: expected a time, or a span such as 24h or 30d`);
  return new Date(ms).toISOString();
}
