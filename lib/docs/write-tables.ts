import { readFile, writeFile } from 'node:fs/promises';
import { withTables } from './tables.ts';

/** `npm run docs`: writes the generated tables anew into the README. */
const readme = new URL('../../README.md', import.meta.url);
await writeFile(readme, withTables(await readFile(readme, 'utf8')));
