import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshut } from '../e2e/cli.ts';
import { type Started, startService } from './process.ts';

const checkout = new URL('../..', import.meta.url);
const readme = await readFile(new URL('README.md', checkout), 'utf8');

/** The commands that the README says to type in a second terminal: the first block that has any. */
const [block = ''] = [...readme.matchAll(/^```sh\n(npx snapshut .*?)^```/gms)].map((found) => found[1]);
const commands = block.split('\n').flatMap((line) => /^npx snapshut ([^#]+)/.exec(line)?.[1]?.trim() ?? []);

describe('a command of the README, typed beside the running sandbox', () => {
  const unset = { AWS_ENDPOINT_URL: '', AWS_REGION: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
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

  it('is there at all', () => {
    expect(commands).toEqual(expect.arrayContaining(['history', 'show CASE', 'undo CASE']));
  });

  it.each(commands)('%s', { timeout: 60_000 }, async (command) => {
    const args = command.split(' ').map((word) => (word === 'CASE' ? caseId : word));
    const cwd = checkout.pathname;

    const ran = await snapshut(args, { endpoint: '', home, cwd, env: unset });

    expect(`${ran.code} ${ran.stderr}`).toMatch(/^0 /);
    expect(ran.stdout).not.toBe('');
  });
});
