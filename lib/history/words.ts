import type { Case } from '../cases.ts';
import { TerminalError } from '../errors.ts';

/**
 * How a case is found by text: every word that is searched must begin a word of the resource's id or name. Cases
 * are kept under the first letters of each of their words, so that a search walks only those. Pure.
 */

const startLetters = 3;
const wordsMax = 24;
const startsMax = 12;
const wordLettersMax = 64;

function split(text: string): string[] {
  const words =
    text
      .toWellFormed()
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word) => [...word].slice(0, wordLettersMax).join(''));
}

const startOf = (word: string): string => [...word].slice(0, startLetters).join('');
const isLong = (word: string): boolean => [...word].length >= startLetters;

/** ` sg 0123abcd web server`: each word behind a space. */
export function wordsText({ resource, resourceName }: Pick<Case, 'resource' | 'resourceName'>): string {
  const words = [...new Set([...split(resource.id), ...split(resourceName ?? '')])];
  return words
    .slice(0, wordsMax)
    .map((word) => ` ${word}`)
    .join('');
}

/** The first letters under which a case is kept. */
export function startsOf(words: string): string[] {
  const starts = words.split(' ').filter(isLong).map(startOf);
  return [...new Set(starts)].slice(0, startsMax);
}

/**
 * The lists of which one is walked, that of the longest word first, and what each of its cases must hold. Throws
 * TerminalError for a text without a word of three letters: it would have to walk everything.
 */
export function searchOf(text: string): { starts: [string, ...string[]]; parts: string[] } {
  const words = split(text).slice(0, 8);
  const [longest, ...others] = words.toSorted((a, b) => b.length - a.length).filter(isLong);
  if (longest === undefined)
    throw new TerminalError('a search needs three letters or digits of the resource in a row');
  const starts: [string, ...string[]] = [startOf(longest), ...others.map(startOf)];
  return { starts, parts: words.map((word) => ` ${word}`) };
}
