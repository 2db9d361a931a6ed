import { TerminalError } from '../errors.ts';
import { parseCidr } from '../net/addresses.ts';

/** EC2 takes nothing else, so a record that holds something else is not to be believed. */
export function isCidr(text: string): boolean {
  try {
    parseCidr(text);
    return true;
  } catch (error) {
    if (error instanceof TerminalError) return false;
    throw error;
  }
}
