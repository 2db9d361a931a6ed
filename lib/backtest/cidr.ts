import { TerminalError } from '../errors.ts';
import { addressSet, parseCidr, toCidrs } from '../net/addresses.ts';

/** The same blocks come again in most records: what they mean is worked out once. */
const most = 50_000;
const known = new Map<string, string | null>();

/** The block in one spelling, or null: EC2 takes nothing else, so a record that holds something else is not to be believed. */
export function blockIn(text: string): string | null {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size >= most) known.clear();
  const block = spelled(text);
  known.set(text, block);
  return block;
}

export const isCidr = (text: string): boolean => blockIn(text) !== null;

function spelled(text: string): string | null {
  try {
    parseCidr(text);
  } catch (error) {
    if (error instanceof TerminalError) return null;
    throw error;
  }
  return toCidrs(addressSet([text])).join(',');
}
