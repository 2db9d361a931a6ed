import { patternCovers, patternsMeet } from './pattern.ts';
import type { Choice } from './statement.ts';

/** Does `wide` name everything that `narrow` names? Never true by mistake. */
export function choiceCovers(wide: Choice, narrow: Choice): boolean {
  if (!narrow.except) return narrow.patterns.every((pattern) => names(wide, pattern));
  // "All but these" is covered by a choice of everything, or by "all but" a part of these.
  if (!wide.except) return wide.patterns.includes('*');
  return wide.patterns.every((left) => narrow.patterns.some((out) => patternCovers(out, left)));
}

function names(wide: Choice, pattern: string): boolean {
  if (!wide.except) return wide.patterns.some((one) => patternCovers(one, pattern));
  return !wide.patterns.some((one) => patternsMeet(one, pattern));
}

/** A choice as its smallest pieces: each pattern alone, or the one "all but these". */
export function piecesOf(choice: Choice): Choice[] {
  if (choice.except) return choice.patterns.includes('*') ? [] : [choice];
  return choice.patterns.map((pattern) => ({ except: false, patterns: [pattern] }));
}

export function describeChoice(choice: Choice): string {
  const shown = choice.patterns.slice(0, 3).join(', ');
  const more = choice.patterns.length > 3 ? ` and ${choice.patterns.length - 3} more` : '';
  return choice.except ? `everything but ${shown}${more}` : `${shown}${more}`;
}
