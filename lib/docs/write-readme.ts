import { readFile, writeFile } from 'node:fs/promises';
import { tables } from './tables.ts';

/** `npm run docs`: writes the tables of the README anew between their marks. */

export const readmeFile = new URL('../../README.md', import.meta.url);

/** Throws where a table has no place. */
export function withTables(text: string): string {
  return Object.entries(tables).reduce((before, [mark, table]) => {
    const [start, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
    const [from, to] = [before.indexOf(start), before.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the README has no ${start} … ${end}`);
    return `${before.slice(0, from)}${start}\n${table()}\n${before.slice(to)}`;
  }, text);
}

if (import.meta.main) await writeFile(readmeFile, withTables(await readFile(readmeFile, 'utf8')));
