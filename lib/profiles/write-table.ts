import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { handbookTable } from './handbooks.ts';

/** `npm run handbooks`: writes the table of the handbooks anew between its marks in the README. */

const readme = join(import.meta.dirname, '../../README.md');
export const marks = ['<!-- handbooks -->', '<!-- /handbooks -->'] as const;

export function withTable(text: string): string {
  const [start, end] = marks.map((mark) => text.indexOf(mark)) as [number, number];
  if (start < 0 || end < start) throw new Error(`the README has no ${marks.join(' … ')}`);
  return `${text.slice(0, start)}${marks[0]}\n${handbookTable()}\n${text.slice(end)}`;
}

if (import.meta.main) await writeFile(readme, withTable(await readFile(readme, 'utf8')));
