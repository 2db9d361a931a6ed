import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileOf, permission, record, timeAt } from './records.ts';

const open = () =>
  record({
    at: 10,
    name: 'AuthorizeSecurityGroupIngress',
    request: { groupId: 'sg-0aaa1111', ipPermissions: { items: [permission(22, '0.0.0.0/0')] } },
    response: { _return: true },
  });

/** As somebody runs it who has no account at all: nothing of AWS in the environment. */
async function run(args: readonly string[], stdin = '') {
  const program = new URL('../../lib/cli.ts', import.meta.url).pathname;
  const cwd = await mkdtemp(join(tmpdir(), 'snapshut-command-'));
  const child = spawn(process.execPath, [program, 'backtest', ...args], {
    cwd,
    env: { PATH: process.env.PATH },
  });
  child.stdin.end(stdin);
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (chunk) => out.push(String(chunk)));
  child.stderr.on('data', (chunk) => err.push(String(chunk)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, stdout: out.join(''), stderr: err.join(''), cwd };
}

describe('snapshut backtest', () => {
  test('prints a JSON line per exposure and the counts on stderr', async () => {
    const { code, stdout, stderr } = await run(['--json', await fileOf([open()])]);

    const [line, ...more] = stdout.trim().split('\n');
    expect(more).toEqual([]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      resource: { provider: 'aws', kind: 'firewall', id: 'sg-0aaa1111' },
      control: 'public-port',
      openedAt: timeAt(10),
      closedAt: null,
      actor: { via: 'cli' },
      outcome: 'fixed',
    });
    expect(stderr).toContain('1 exposures: 1 fixed; 0 approvals asked; 0 resources clean');
    expect(code).toBe(0);
  });

  test('reads stdin, and tells people in sentences', async () => {
    const { code, stdout } = await run(['-'], JSON.stringify({ Records: [open()] }));

    expect(stdout).toContain('public-port: tcp/22 (ssh) open to the whole internet (0.0.0.0/0)');
    expect(stdout).toContain('no record closes it');
    expect(code).toBe(0);
  });

  test('takes the policy file, writes the page, and leaves no state behind', async () => {
    const policy = join(await mkdtemp(join(tmpdir(), 'snapshut-command-')), 'p.yml');
    await writeFile(policy, 'controls: {public-port: {mode: ask}}\n');
    const page = `${policy}.html`;

    const { code, stdout } = await run(['--policy', policy, '--html', page, await fileOf([open()])]);

    expect(stdout).toContain('1 approvals asked');
    expect(await readFile(page, 'utf8')).toContain('<div class="bar asked"');
    expect(code).toBe(0);
  });

  test.each<[string, string[], string, number]>([
    ['a broken file', ['-'], 'no json\n', 1],
    ['a file that is not there', ['/nowhere/at/all'], '', 1],
    ['a wrong policy file', ['--policy', '/nowhere/p.yml', '-'], '', 2],
    ['no file', [], '', 2],
  ])('%s has its exit code', async (_, args, stdin, expected) => {
    const { code, stderr } = await run(args, stdin);

    expect(code).toBe(expected);
    expect(stderr).not.toBe('');
  });
});
