import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../lib/commands/program.ts';
import { parsePolicy } from '../lib/config.ts';
import { controls } from '../lib/controls/registry.ts';
import { withTables } from '../lib/docs/tables.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map((match) => match[1] ?? '');

describe('the README', () => {
  it('has the tables that the code makes (npm run docs)', () => {
    expect(withTables(readme)).toBe(readme);
  });

  it.each(blocks('yaml'))('shows a right policy file', (text) => {
    const { problems } = parsePolicy(text, controls, { now: new Date('2026-11-24T00:00:00Z') });
    expect(problems).toEqual([]);
  });

  const commands = [...readme.matchAll(/npx snapshut ([a-z]+)/g)].map((match) => match[1] ?? '');
  it.each([...new Set(commands)])('speaks of %s, which has a help text', async (name) => {
    expect(await run(['node', 'snapshut', name, '--help'])).toBe(0);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const named = [...readme.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map((match) => match[1]);
    expect(named.filter((name) => name === undefined || !(name in scripts))).toEqual([]);
  });
});
