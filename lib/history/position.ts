import { TerminalError } from '../errors.ts';
import type { CaseQuery } from '../ports.ts';

/** Where a page of cases ended. Cases stand newest first; equal times are told apart by the case id. */
export interface Position {
  openedMs: number;
  caseId: string;
}

export function cursorOf({ openedMs, caseId }: Position): string {
  return Buffer.from(JSON.stringify([openedMs, caseId])).toString('base64url');
}

/** Throws TerminalError on anything that `cursorOf` did not make. */
export function positionOf(cursor: string): Position {
  const [openedMs, caseId, ...rest] = parsed(cursor);
  if (!Number.isSafeInteger(openedMs) || typeof caseId !== 'string' || rest.length > 0) throw bad(cursor);
  return { openedMs: openedMs as number, caseId };
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch (error) {
    if (error instanceof SyntaxError) throw bad(cursor);
    throw error;
  }
}

function bad(cursor: string): TerminalError {
  return new TerminalError(`not a cursor of this history: ${JSON.stringify(cursor.slice(0, 80))}`);
}

/** Milliseconds of an ISO 8601 time. Throws TerminalError when it is none (or before 1970). */
export function millisOf(time: string, what: string): number {
  const ms = Date.parse(time);
  if (!(ms >= 0)) throw new TerminalError(`${what} is not a time: ${JSON.stringify(time.slice(0, 80))}`);
  return ms;
}

/** The bounds of a query in milliseconds. Throws TerminalError where the query makes no sense. */
export function boundsOf(query: CaseQuery): { sinceMs: number | null; untilMs: number | null } {
  if (!Number.isSafeInteger(query.limit) || query.limit < 1) {
    throw new TerminalError(`limit must be a positive number, not ${query.limit}`);
  }
  return {
    sinceMs: query.since === undefined ? null : millisOf(query.since, 'since'),
    untilMs: query.until === undefined ? null : millisOf(query.until, 'until'),
  };
}
