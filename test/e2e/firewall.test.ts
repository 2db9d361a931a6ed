import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeSecurityGroupRulesCommand } from '@aws-sdk/client-ec2';
import { beforeAll, describe, expect, it } from 'vitest';
import { fill } from '../../lib/events/samples.ts';
import { type SandboxIds, seed } from '../../lib/sandbox/seed.ts';
import { useMoto } from '../engines/moto.ts';
import { ec2On, region } from '../providers/aws/cloud.ts';
import { snapshut } from './cli.ts';

const moto = useMoto();
let ids: SandboxIds;
let home: string;

beforeAll(async () => {
  ids = await seed(moto().endpoint, region);
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
});

const run = (...args: string[]) => snapshut(args, { endpoint: moto().endpoint, home });

async function recorded(sample: string): Promise<string> {
  const text = await readFile(new URL(`../../events/aws/${sample}.json`, import.meta.url), 'utf8');
  const file = join(home, `${sample}.json`);
  await writeFile(file, JSON.stringify(fill(JSON.parse(text), ids)));
  return file;
}

/** Every rule of a group as AWS says it, without the ids that AWS gives anew. */
async function rulesOf(name: string) {
  const Filters = [{ Name: 'group-id', Values: [ids[name] ?? ''] }];
  const { SecurityGroupRules } = await ec2On(moto()).send(new DescribeSecurityGroupRulesCommand({ Filters }));
  return (SecurityGroupRules ?? [])
    .map(({ SecurityGroupRuleId: _, SecurityGroupRuleArn: __, ...rule }) => JSON.stringify(rule))
    .sort();
}

describe('an opened port, from the command line to the cloud and back', () => {
  it('a dry run plans it and writes nothing, the state folder included', async () => {
    const file = await recorded('security-group-opened');
    const before = await rulesOf('ssh-world');
    const empty = join(home, 'nowhere');

    const ran = await snapshut(['respond', '--dry-run', file], {
      endpoint: moto().endpoint,
      home: empty,
      cwd: home,
    });

    expect(ran.lines).toMatchObject([{ outcome: 'planned', control: 'public-port', caseId: null }]);
    expect(ran.code).toBe(0);
    expect(await rulesOf('ssh-world')).toEqual(before);
    expect(await readdir(home)).not.toContain('nowhere');
  });

  it('is shut, told, kept in the history and put back exactly, once', async () => {
    const file = await recorded('security-group-opened');
    const before = await rulesOf('ssh-world');

    const fixed = await run('respond', file);
    expect(fixed.lines).toMatchObject([
      { outcome: 'fixed', control: 'public-port', changes: [{ op: 'remove' }] },
    ]);
    expect(fixed.code).toBe(0);
    expect(await rulesOf('ssh-world')).toHaveLength(before.length - 1);
    const caseId = String(fixed.lines[0]?.caseId);

    const kept = await readdir(home);
    expect((await run('respond', '--dry-run', file)).lines).toMatchObject([{ outcome: 'clean' }]);
    expect(await readdir(home)).toEqual(kept);

    const again = await run('respond', file);
    expect(again.lines).toMatchObject([{ outcome: 'clean', changes: [] }]);

    const history = await run('history', '--json');
    expect(history.lines).toMatchObject([
      { caseId, outcome: 'fixed', actor: { name: expect.stringContaining('maria') } },
    ]);
    const shown = await run('show', caseId, '--json');
    expect(shown.lines).toMatchObject([{ broken: null, entries: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] }]);

    const undone = await run('undo', caseId, '--json');
    expect(undone.lines).toMatchObject([{ outcome: 'undone' }]);
    expect(await rulesOf('ssh-world')).toEqual(before);

    const refused = await run('undo', caseId, '--json');
    expect(refused.lines).toMatchObject([{ outcome: 'refused' }]);
    expect(refused.code).toBe(1);
    expect((await run('respond', file)).lines).toMatchObject([{ outcome: 'exempt' }]);
  });

  it('a wide entry is narrowed to what the world may reach', async () => {
    const fixed = await run('respond', await recorded('security-group-opened-all-traffic'));
    expect(fixed.lines).toMatchObject([{ outcome: 'fixed' }]);
    const open = (await rulesOf('all-traffic-world'))
      .map((rule) => JSON.parse(rule))
      .filter((rule) => !rule.IsEgress);
    const admitted = open.map((rule) => `${rule.IpProtocol}/${rule.FromPort}`).sort();
    expect(admitted).toEqual(['icmp/-1', 'tcp/443', 'tcp/80', 'udp/443']);
  });

  const innocent = [
    'security-group-opened-for-https',
    'security-group-opened-for-office',
    'security-group-opened-for-group',
  ];
  it.each(innocent)('%s is left alone', async (sample) => {
    const ran = await run('respond', await recorded(sample));
    expect(ran.lines.map((line) => line.outcome)).toEqual(['clean']);
  });

  it('of an account that is not ours is refused and recorded, and nothing is called', async () => {
    const file = await recorded('security-group-opened');
    const foreign = (await readFile(file, 'utf8')).replaceAll('123456789012', '999988887777');
    const ran = await snapshut(['respond', '-'], { endpoint: moto().endpoint, home, stdin: foreign });
    expect(ran.lines).toMatchObject([{ outcome: 'refused', resource: { account: '999988887777' } }]);
    expect(ran.code).toBe(1);
    expect((await run('history', '--account', '999988887777', '--json')).lines).toHaveLength(1);
  });

  it('a half-readable file is done as far as it can be read, and the exit code says so', async () => {
    const text = await readFile(await recorded('security-group-opened-ipv6'), 'utf8');
    const stdin = `${text}\n{"broken": \n${text}\n`;
    const ran = await snapshut(['respond', '-'], { endpoint: moto().endpoint, home, stdin });
    expect(ran.lines.map((line) => line.outcome)).toContain('fixed');
    expect(ran.stderr).toMatch(/unreadable|not JSON/);
    expect(ran.code).toBe(1);
  });

  it('a sweep finds what no event told of', { timeout: 180_000 }, async () => {
    const dry = await run('sweep', '--dry-run', '--json');
    expect(dry.code).toBe(0);
    const planned = dry.lines.filter((line) => line.outcome === 'planned');
    expect(planned.length).toBeGreaterThan(0);
    const ran = await run('sweep', '--json');
    const bad = ran.lines.filter((line) => ['unfixed', 'failed', 'refused'].includes(String(line.outcome)));
    expect(bad).toEqual([]);
    const shut = ran.lines.filter((line) => line.outcome === 'fixed' || line.outcome === 'held');
    expect(shut).toHaveLength(planned.length);
  });
});
