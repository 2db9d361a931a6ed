import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { wire } from '../../lib/wire.ts';
import { useMoto } from '../engines/moto.ts';
import { region } from '../providers/aws/cloud.ts';
import { type Ran, snapshut } from './cli.ts';

const moto = useMoto();
let iam: IAMClient;
let home: string;
/** Everything that the program ever printed. */
let printed = '';

beforeAll(async () => {
  iam = new IAMClient({ endpoint: moto().endpoint, region, credentials: motoCredentials });
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
  vi.stubEnv('AWS_ENDPOINT_URL', moto().endpoint);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', motoCredentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', motoCredentials.secretAccessKey);
  vi.stubEnv('SNAPSHUT_HOME', home);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

async function userWithKeys(UserName: string, count = 1): Promise<string[]> {
  await iam.send(new CreateUserCommand({ UserName }));
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    ids.push(AccessKey?.AccessKeyId ?? '');
  }
  return ids;
}

async function statusOf(UserName: string): Promise<{ [id: string]: string }> {
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  return Object.fromEntries(AccessKeyMetadata.map((key) => [key.AccessKeyId ?? '', key.Status ?? '']));
}

async function run(args: string[], stdin = ''): Promise<Ran> {
  const ran = await snapshut(args, { endpoint: moto().endpoint, home, stdin });
  printed += ran.stdout + ran.stderr;
  return ran;
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
/** What housekeeping of a service that was started anew does after so many days. */
async function look(days: number): Promise<void> {
  const service = await wire({ now: inDays(days) });
  try {
    const outcomes = await service.housekeep();
    printed += JSON.stringify(outcomes);
  } finally {
    await service.close();
  }
}

interface OwnKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The owner's program: reads the secret by its stage and signs with what it finds. */
async function secretOf(SecretId: string): Promise<OwnKey> {
  const manager = new SecretsManagerClient({
    endpoint: moto().endpoint,
    region,
    credentials: motoCredentials,
  });
  const said = await manager.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }));
  return JSON.parse(said.SecretString ?? '{}');
}

async function useKey(credentials: OwnKey): Promise<void> {
  await new IAMClient({ endpoint: moto().endpoint, region, credentials }).send(new GetUserCommand({}));
}

async function historyText(caseId: string): Promise<string> {
  return (await run(['show', caseId, '--json'])).stdout;
}

describe('snapshut rotate on moto', () => {
  it('gives a user a new key, deactivates the old one once the new one is used, and deletes it after the hold', async () => {
    const [old = ''] = await userWithKeys('robot');

    const begun = await run(['rotate', 'robot', '--json']);

    expect(begun.lines, begun.stdout).toMatchObject([
      { outcome: 'told', control: 'stale-key', resource: { id: old } },
    ]);
    const key = await secretOf('snapshut/robot');
    expect(await statusOf('robot')).toEqual({ [old]: 'Active', [key.accessKeyId]: 'Active' });

    expect((await run(['rotate', 'robot', '--json'])).lines[0]?.why).toContain('name the key');
    expect((await run(['rotate', old, '--json'])).lines).toMatchObject([{ outcome: 'told' }]);
    await look(1);
    expect(await statusOf('robot')).toMatchObject({ [old]: 'Active' });

    await useKey(key);
    await look(2);
    expect(await statusOf('robot')).toEqual({ [old]: 'Inactive', [key.accessKeyId]: 'Active' });
    await look(15);
    expect(await statusOf('robot')).toMatchObject({ [old]: 'Inactive' });
    await look(17);
    expect(await statusOf('robot')).toEqual({ [key.accessKeyId]: 'Active' });

    const undone = await run(['undo', String(begun.lines[0]?.caseId), '--json']);
    expect(undone.lines).toMatchObject([{ outcome: 'refused' }]);
    expect(undone.lines[0]?.why).toContain('no provider brings a deleted key back');
    expect(printed + (await historyText(String(begun.lines[0]?.caseId)))).not.toContain(key.secretAccessKey);
  });

  it('of a leaked key that was deactivated already: the owner gets a new one, and the old one is deleted after the hold', async () => {
    const [leaked = ''] = await userWithKeys('leaky');
    const sample = await readFile(
      new URL('../../events/aws/finding-health-exposed-key.json', import.meta.url),
      'utf8',
    );
    const named = JSON.parse(sample).detail.affectedEntities[0].entityValue;
    const shut = await run(['respond', '-'], sample.replaceAll(named, leaked));
    expect(await statusOf('leaky')).toEqual({ [leaked]: 'Inactive' });

    const begun = await run(['rotate', String(shut.lines[0]?.caseId), '--json']);

    const { accessKeyId } = await secretOf('snapshut/leaky');
    expect(begun.code).toBe(0);
    expect(await statusOf('leaky')).toEqual({ [leaked]: 'Inactive', [accessKeyId]: 'Active' });
    await look(3);
    expect(await statusOf('leaky')).toMatchObject({ [leaked]: 'Inactive' });
    await look(15);
    expect(await statusOf('leaky')).toEqual({ [accessKeyId]: 'Active' });
  });

  it('during the hold undo activates the old key again', async () => {
    const [old = ''] = await userWithKeys('back');
    const { lines } = await run(['rotate', 'back', '--json']);
    const key = await secretOf('snapshut/back');
    await useKey(key);
    await look(2);
    expect(await statusOf('back')).toMatchObject({ [old]: 'Inactive' });

    const undone = await run(['undo', String(lines[0]?.caseId), '--json']);

    expect(undone.lines).toMatchObject([{ outcome: 'undone' }]);
    await look(40);
    expect(await statusOf('back')).toEqual({ [old]: 'Active', [key.accessKeyId]: 'Active' });
  });

  it.each([
    ['nobody', 'refused', 'no key or user'],
    ['AKIAZZZZZZZZZZZZZZZZ', 'refused', 'no key or user'],
  ])('%s: %s', async (target, outcome, why) => {
    const ran = await run(['rotate', target, '--json']);

    expect(ran.lines).toMatchObject([{ outcome }]);
    expect(ran.lines[0]?.why).toContain(why);
    expect(ran.code).toBe(1);
  });

  it('refuses where the user has two keys, and changes nothing under --dry-run', async () => {
    const [first = '', second = ''] = await userWithKeys('full', 2);
    const [dry = ''] = await userWithKeys('dry');

    const refused = await run(['rotate', first, '--json']);
    const planned = await run(['rotate', dry, '--dry-run', '--json']);

    expect(refused.lines).toMatchObject([{ outcome: 'refused' }]);
    expect(refused.lines[0]?.why).toContain('2 keys are the most');
    expect(await statusOf('full')).toEqual({ [first]: 'Active', [second]: 'Active' });
    expect(planned.lines).toMatchObject([{ outcome: 'planned', caseId: null }]);
    expect(await statusOf('dry')).toEqual({ [dry]: 'Active' });
  });

  it('seals the new key for its owner, who opens it with openssl; it is handed out once', async () => {
    await userWithKeys('maria');
    const at = (name: string) => join(home, name);
    const subject = ['-subj', '/CN=maria'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        at('maria.key'),
        '-out',
        at('maria.crt'),
        ...subject,
      ],
      { stdio: 'pipe' },
    );
    const policy = 'rotation: {deliver: [{match: {name: maria}, envelope: maria.crt}]}\n';
    await writeFile(at('snapshut.yml'), policy);

    const begun = await run(['rotate', 'maria', '--json']);
    const caseId = String(begun.lines[0]?.caseId);
    expect(begun.lines[0]?.why).toContain(`npx snapshut envelope ${caseId}`);
    const fetched = await run(['envelope', caseId]);
    await writeFile(at('envelope.pem'), fetched.stdout);
    const opened = execFileSync(
      'openssl',
      ['cms', '-decrypt', '-inform', 'PEM', '-in', at('envelope.pem'), '-inkey', at('maria.key')],
      { encoding: 'utf8' },
    );

    const key: OwnKey = JSON.parse(opened);
    expect(await statusOf('maria')).toMatchObject({ [key.accessKeyId]: 'Active' });
    await useKey(key);
    const lost = await run(['envelope', caseId]);
    expect(lost.code).toBe(1);
    expect(lost.stderr).toContain(`delete ${key.accessKeyId}, then "npx snapshut rotate" again`);
    const stored = await readFile(at('history.sqlite'));
    expect(printed + (await historyText(caseId)) + stored.toString('latin1')).not.toContain(
      key.secretAccessKey,
    );
  });
});
