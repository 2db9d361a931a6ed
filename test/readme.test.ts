import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../lib/config.ts';
import { controls } from '../lib/controls/registry.ts';
import { readmeFile, withTables } from '../lib/docs/write-readme.ts';
import { snapshut } from './e2e/cli.ts';
import { type Started, startService } from './serve/process.ts';

const readme = await readFile(readmeFile, 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((found) => found[1] ?? '');

it('has its tables as the program is (npm run docs writes them)', () => {
  expect(withTables(readme)).toBe(readme);
});

it.each(blocks('yaml'))('shows a policy file that holds', (text) => {
  const { problems } = parsePolicy(text, controls, { now: new Date('2026-11-24'), file: 'README.md' });
  expect(problems).toEqual([]);
});

it('names scripts that there are', async () => {
  const { scripts } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const named = [...readme.matchAll(/\bnpm run (\w+)/g)].map((found) => found[1]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...named, 'start', 'test']));
});

describe('a command of the README, typed beside the running sandbox', () => {
  const unset = { AWS_ENDPOINT_URL: '', AWS_REGION: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
  const checkout = new URL('..', import.meta.url).pathname;
  let home: string;
  let service: Started;
  let caseId: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'snapshut-'));
    const { SNAPSHUT_ENGINES } = process.env;
    service = await startService({ SNAPSHUT_HOME: home, ...(SNAPSHUT_ENGINES && { SNAPSHUT_ENGINES }) });
    await service.saying('Swept: ');
    caseId = /npx snapshut undo (c\w+)/.exec(service.said())?.[1] ?? '';
  }, 300_000);
  afterAll(() => service?.end('SIGKILL'));

  const commands = blocks('sh').flatMap((block) =>
    block.split('\n').filter((line) => line.startsWith('npx snapshut')),
  );

  it.each(commands)('%s', { timeout: 60_000 }, async (command) => {
    const words = command.match(/"[^"]*"|\S+/g) ?? [];
    const args = words.slice(2).map((word) => (word === 'CASE' ? caseId : word.replaceAll('"', '')));

    const ran = await snapshut(args, { endpoint: '', home, cwd: checkout, env: unset });

    expect(`${ran.code} ${ran.stderr}`).toMatch(/^0 /);
    expect(ran.stdout).not.toBe('');
  });
});
