import { TerminalError } from '../../errors.ts';

/** Whether OpenStack could have given this id: UUIDs, with or without dashes, and Keystone's hex ids. */
export function isId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/** An id or name as one piece of a path: `..` would be taken for another address. */
export function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new TerminalError('OpenStack gives no such id');
  return encodeURIComponent(text);
}
