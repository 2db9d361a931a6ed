import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSync } from 'recheck';
import { parseAst } from 'vite';

/** Every regular expression of the product, and whether somebody's text can make it take for ever. */

const root = join(import.meta.dirname, '../..');
export const knownFile = join(import.meta.dirname, 'patterns.txt');

export interface Pattern {
  source: string;
  flags: string;
  where: string;
}

type Node = { [field: string]: unknown };

export function patternsOfProduct(): Pattern[] {
  return globSync('lib/**/*.ts', { cwd: root, exclude: ['lib/console/client/**'] }).flatMap((file) => {
    const found: Pattern[] = [];
    const code = readFileSync(join(root, file), 'utf8');
    walk(parseAst(code, { lang: 'ts' }), (node) => {
      const regex = node.type === 'Literal' ? (node.regex as { pattern: string; flags: string }) : undefined;
      if (regex) found.push({ source: regex.pattern, flags: regex.flags, where: file });
    });
    return found;
  });
}

function walk(value: unknown, see: (node: Node) => void): void {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) see(value as Node);
  for (const held of Object.values(value)) walk(held, see);
}

export const nameOf = ({ source, flags }: Pattern): string => `/${source}/${flags}`;

/** What `patterns.txt` remembers of a pattern that was found harmless. */
export const hashOf = (pattern: Pattern): string =>
  createHash('sha256').update(nameOf(pattern)).digest('hex').slice(0, 16);

export const known = (): Set<string> => new Set(readFileSync(knownFile, 'utf8').trim().split('\n'));

/** `safe`, or how its time grows with the length of the text, or why that is not known. */
export function growthOf({ source, flags }: Pattern, timeoutMs: number): string {
  const answer = checkSync(source, flags, { timeout: timeoutMs });
  if (answer.status === 'safe') return 'safe';
  return answer.status === 'vulnerable' ? answer.complexity.summary : `unknown (${answer.error.kind})`;
}
