import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { licenceOf, licencesPage, sbom } from '../../lib/docs/licences.ts';

const root = join(import.meta.dirname, '../..');
const shipped = sbom();

/** Of an `A OR B` one is enough. */
const permissive = new Set(['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD', 'Unlicense']);
const isPermissive = (expression: string) =>
  expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => permissive.has(one));

describe('what is shipped', () => {
  test('is listed with its version and its hash', () => {
    const { bomFormat, components } = shipped;

    expect(bomFormat).toBe('CycloneDX');
    expect(components.length).toBeGreaterThan(20);
    expect(components.filter((one) => !one.version || !one.purl || !one.hashes?.length)).toEqual([]);
  });

  test('has a licence that lets everybody use it', () => {
    const others = shipped.components.filter((one) => !isPermissive(licenceOf(one) ?? ''));

    expect(others.map((one) => `${one.name}: ${licenceOf(one)}`)).toEqual([]);
  });

  test('stands with its licence in docs/licences.md (npm run licences)', () => {
    expect(readFileSync(join(root, 'docs/licences.md'), 'utf8')).toBe(licencesPage(shipped));
  });

  test('has no known hole', ({ skip }) => {
    const args = ['audit', '--omit', 'dev', '--json'];
    const { stdout } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 60_000 });
    const answer = stdout ? JSON.parse(stdout) : {};
    if (!answer.vulnerabilities) skip('the registry that is used here answers no audit');

    expect(Object.keys(answer.vulnerabilities)).toEqual([]);
  });
});
