import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeSecurityGroupRulesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { RunningSandbox } from '../../lib/sandbox/running.ts';
import { snapshut } from '../e2e/cli.ts';
import { type Started, startService } from './process.ts';

const unset = { AWS_ENDPOINT_URL: '', AWS_REGION: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
const engines = process.env.SNAPSHUT_ENGINES ? { SNAPSHUT_ENGINES: process.env.SNAPSHUT_ENGINES } : {};

let home: string;
let service: Started;
let sandbox: RunningSandbox;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
  service = await startService({ SNAPSHUT_HOME: home, ...engines });
  sandbox = RunningSandbox.parse(JSON.parse(readFileSync(join(home, 'sandbox.json'), 'utf8')));
}, 300_000);
afterAll(async () => {
  if (service?.child.exitCode === null) await service.end('SIGKILL');
});

/** A command typed in a second terminal that knows of no account either. */
const typed = (...args: string[]) => snapshut(args, { endpoint: '', home, env: unset });

async function isOpen(group: string, port: number): Promise<boolean> {
  const { endpoint, region } = sandbox;
  const client = new EC2Client({ endpoint, region, credentials: motoCredentials });
  const Filters = [{ Name: 'group-id', Values: [group] }];
  const { SecurityGroupRules } = await client.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  return (SecurityGroupRules ?? []).some((rule) => rule.FromPort === port && rule.CidrIpv4 === '0.0.0.0/0');
}

describe('npm start without an account', () => {
  it('says what was open, to whom, since when, by whom, what was shut and how to undo it', () => {
    const block = service
      .said()
      .split('\n')
      .slice(
        service
          .said()
          .split('\n')
          .findIndex((line) => line.includes('(ssh-world)')),
      );
    expect(block.slice(0, 6).map((line) => line.trim().replace(/ {2,}/g, ' '))).toEqual([
      expect.stringMatching(
        /^FIXED sg-\w+ \(ssh-world\) Too many public addresses can reach tcp\/22 \(ssh\)/,
      ),
      'open tcp/22 (ssh) to the whole internet (0.0.0.0/0)',
      expect.stringMatching(
        /^since 2026-11-20T09:03:02.000Z, opened by .*developer\/maria \(cli, 198.51.100.7\)$/,
      ),
      'where aws 123456789012 eu-central-1, public-port, critical',
      expect.stringMatching(/^done close tcp\/22 \(ssh\) from 0.0.0.0\/0 \(sgr-\w+\)$/),
      expect.stringMatching(/^put back npx snapshut undo c\w+$/),
    ]);
  });

  it('shows its history, a case, and puts it back, from a second terminal', async () => {
    const listed = await typed('history', '--outcome', 'fixed', '--json');
    expect(listed.lines.length).toBeGreaterThanOrEqual(6);
    const ssh = listed.lines.find((one) => JSON.stringify(one.changes).includes('"fromPort":22,"toPort":22'));
    const caseId = String(ssh?.caseId);
    const group = String((ssh?.resource as { id?: string }).id);
    expect((await typed('show', caseId)).stdout).toContain(
      'opened by  123456789012 assumed-role/developer/maria',
    );
    expect(await isOpen(group, 22)).toBe(false);

    const undone = await typed('undo', caseId);

    expect(undone.lines).toMatchObject([{ outcome: 'undone', caseId }]);
    expect(await isOpen(group, 22)).toBe(true);
    expect((await typed('undo', caseId)).lines).toMatchObject([{ outcome: 'refused' }]);
    expect((await typed('sweep', '--json')).lines.filter((one) => one.outcome === 'fixed')).toEqual([]);
  });

  it('is not started a second time in the same folder', async () => {
    const second = await typed('start', '--port', '0');
    expect([second.code, second.stderr]).toEqual([
      2,
      expect.stringContaining('a sandbox is already running here'),
    ]);
  });

  it('is not what a command means that names an account', async () => {
    const named = await snapshut(['history', '--json'], { endpoint: sandbox.endpoint, home });
    expect(named.lines).toEqual([]);
  });

  it('ends with one Ctrl-C, and leaves no process and no note', async () => {
    expect(await service.end('SIGINT')).toBe(0);

    await expect(fetch(sandbox.endpoint)).rejects.toThrow();
    await expect(fetch(service.url)).rejects.toThrow();
    expect(() => process.kill(sandbox.pid, 0)).toThrow('ESRCH');
    expect(existsSync(join(home, 'sandbox.json'))).toBe(false);
  });

  it('takes its account with it even when it is killed', async () => {
    const killed = await startService({ SNAPSHUT_HOME: home, ...engines });
    const note = RunningSandbox.parse(JSON.parse(readFileSync(join(home, 'sandbox.json'), 'utf8')));

    expect(await killed.end('SIGKILL')).toBe('SIGKILL');

    await expect
      .poll(
        () =>
          fetch(note.endpoint).then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 5000 },
      )
      .toBe('down');
    expect((await typed('history')).stdout).toBe('no cases\n');
  }, 60_000);
});
