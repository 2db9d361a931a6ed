import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| [STRIDE] \|/.test(line));

test('every threat names its guard and a test that is there', () => {
  const missing = rows.filter((row) => {
    const [, file = '', title = ''] = /\| `(test\/[\w/.-]+)` "([^"]+)" \|$/.exec(row) ?? [];
    return (
      !existsSync(join(root, file)) || !readFileSync(join(root, file), 'utf8').includes(title) || title === ''
    );
  });

  expect(rows.length).toBeGreaterThan(30);
  expect(missing).toEqual([]);
});

test('every way in is asked about every letter of STRIDE that applies, and each letter is used', () => {
  expect(new Set(rows.map((row) => row[2]))).toEqual(new Set('STRIDE'));
});
