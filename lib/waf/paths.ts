import { keptAnswers } from '../kept-answers.ts';

/**
 * A path as a server would understand it: decoded (twice, as sloppy programs do), without empty and dot segments
 * and `;parameters`, in small letters. So `/%6cogin`, `//login/` and `/x/../login;a=b` are all `/login`.
 */
export function plainPath(path: string): string {
  if (isPlain(path)) return path;
  const segments: string[] = [];
  for (const segment of decoded(decoded(path)).toLowerCase().split(/[/\\]/)) {
    const name = segment.split(';')[0] ?? '';
    if (name === '..') segments.pop();
    else if (name !== '' && name !== '.') segments.push(name);
  }
  return `/${segments.join('/')}`;
}

/** Small letters, digits, `-`, `_` and dots within a name: nothing to undo. */
function isPlain(path: string): boolean {
  return /^(?:\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)+$/.test(path);
}

/** `%41` is A; what is no escape stays. */
export function decoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/**
 * No server in common use takes a longer request line (ALB: 16 KB, nginx and Apache: 8 KB unless told otherwise), and
 * signatures cost more than their text is long.
 */
export const signedMax = 16_384;

/** Whether a path is one of these, or below one that ends in `/`; `*` stands for any text. */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const isMatch = plainMatcher(patterns.map((one) => one.toLowerCase()));
  return keptAnswers((path) => isMatch(plainPath(path)));
}

function plainMatcher(patterns: readonly string[]): (plain: string) => boolean {
  const exact = new Set(
    patterns.filter((one) => !one.includes('*') && !(one.length > 1 && one.endsWith('/'))),
  );
  const under = patterns.filter((one) => one.length > 1 && one.endsWith('/'));
  const starred = patterns.filter((one) => one.includes('*'));
  const starts = starred.filter((one) => one.indexOf('*') === one.length - 1).map((one) => one.slice(0, -1));
  const ends = starred
    .filter((one) => one.lastIndexOf('*') === 0 && one.length > 1)
    .map((one) => one.slice(1));
  const globs = starred.filter((one) => /.\*./.test(one) || /\*.*\*/.test(one)).map(globOf);
  return (plain) =>
    exact.has(plain) ||
    under.some(
      (one) => plain.startsWith(one) || (plain.length === one.length - 1 && one.startsWith(plain)),
    ) ||
    starts.some((one) => plain.startsWith(one)) ||
    ends.some((one) => plain.endsWith(one)) ||
    globs.some((one) => one.test(plain));
}

function globOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
