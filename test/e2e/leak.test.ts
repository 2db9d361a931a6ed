import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  DescribeKeyPairsCommand,
  EC2Client,
  ImportKeyPairCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, it } from 'vitest';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { useMoto } from '../engines/moto.ts';
import { region } from '../providers/aws/cloud.ts';
import { snapshut } from './cli.ts';

const moto = useMoto();
let iam: IAMClient;
let ec2: EC2Client;
let secrets: SecretsManagerClient;
const home = mkdtempSync(join(tmpdir(), 'snapshut-'));
const file = (name: string, text: string | Buffer) => {
  writeFileSync(join(home, name), text);
  return join(home, name);
};

beforeAll(() => {
  const config = { endpoint: moto().endpoint, region, credentials: motoCredentials };
  iam = new IAMClient(config);
  ec2 = new EC2Client(config);
  secrets = new SecretsManagerClient(config);
});

const run = (args: string[], stdin = '', env: NodeJS.ProcessEnv = {}) =>
  snapshut(args, { endpoint: moto().endpoint, home, stdin, env });

/** No account, no credentials, no region: only the text. */
const offline = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_REGION: '', AWS_ENDPOINT_URL: '' };

async function userWithKey(UserName: string) {
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
}

describe('an access key in a text', () => {
  it('is told with its account offline, with its user where the account can be asked, and never with its secret', async () => {
    const { id, secret } = await userWithKey('builder');
    const text = `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
    const packed = file('app.log.gz', gzipSync(`noise\n${text}`));

    const alone = await run(['leak', '--json', packed], '', offline);
    const asked = await run(['leak', '--json', '-'], text);
    const forPeople = await run(['leak', packed]);

    expect(alone).toMatchObject({ code: 0 });
    expect(alone.lines).toEqual([
      { source: packed, line: 2, what: 'aws-access-key', id, account: '123456789012', owners: null },
    ]);
    expect(asked.lines).toMatchObject([
      { source: 'stdin', line: 1, owners: [{ owner: 'user builder', status: 'Active' }] },
    ]);
    expect(forPeople.stdout).toContain(
      `${packed}:2  aws-access-key ${id}  user builder of 123456789012, Active`,
    );
    for (const ran of [alone, asked, forPeople]) expect(ran.stdout + ran.stderr).not.toContain(secret);
  });

  it('is shut with --respond, once however often it stands there', async () => {
    const { id } = await userWithKey('leaky');
    const ran = await run(['leak', '--respond', '--json', file('twice.txt', `${id}\n${id}\n`)]);

    expect(ran.lines.filter((line) => 'outcome' in line)).toMatchObject([
      { outcome: 'fixed', control: 'exposed-key' },
    ]);
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: 'leaky' }));
    expect(AccessKeyMetadata.map((key) => key.Status)).toEqual(['Inactive']);
  });

  it('of nobody here is told, and shuts nothing', async () => {
    const id = ['AKIA', 'RZPUZDIKGZZZZZZZ'].join('');
    const ran = await run(['leak', '--respond', '--json', '-'], id);
    expect(ran.lines).toMatchObject([{ id, owners: [] }, { outcome: 'gone' }]);
  });
});

it('a file that is not there, and gzip that is broken, are told; the rest is looked at', async () => {
  const id = ['AKIA', 'RZPUZDIKGZZZZZZZ'].join('');
  const broken = file('broken.gz', gzipSync('x'.repeat(100_000)).subarray(0, 60));
  const ran = await run(['leak', '--json', join(home, 'missing'), broken, '-'], id, offline);
  expect(ran.code).toBe(1);
  expect(ran.lines).toMatchObject([{ id }]);
  expect(ran.stderr).toContain('2 unreadable');
});

describe('the private half of a key pair', () => {
  const made = join(home, 'ops');
  let fingerprint = '';
  let instance = '';

  beforeAll(async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', made]);
    fingerprint =
      execFileSync('ssh-keygen', ['-lf', `${made}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
    const TagSpecifications = [{ ResourceType: 'key-pair' as const, Tags: [{ Key: 'team', Value: 'web' }] }];
    await ec2.send(
      new ImportKeyPairCommand({
        KeyName: 'ops',
        PublicKeyMaterial: readFileSync(`${made}.pub`),
        TagSpecifications,
      }),
    );
    const ran = await ec2.send(
      new RunInstancesCommand({ ImageId: 'ami-12345678', MinCount: 1, MaxCount: 1, KeyName: 'ops' }),
    );
    instance = ran.Instances?.[0]?.InstanceId ?? '';
  });

  const names = async () =>
    ((await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs ?? []).map((one) => one.KeyName).toSorted();

  it('is told with the pair and the machines that carry it', async () => {
    const ran = await run(['leak', '--json', made]);
    expect(ran.lines).toMatchObject([
      {
        what: 'private-key',
        id: fingerprint,
        owners: [{ owner: `key pair ops, carried by ${instance}`, status: 'Active' }],
      },
    ]);
    expect(ran.stdout).not.toContain(readFileSync(made, 'utf8').split('\n')[2]);
  });

  it('is asked about; approved, a new pair is made that ssh-keygen reads, and no machine starts with the old one', async () => {
    const asked = await run(['leak', '--respond', '--json', made]);
    const [question] = asked.lines.filter((line) => 'outcome' in line);
    expect(question).toMatchObject({ outcome: 'asked', control: 'exposed-key-pair' });
    expect(question?.why).toContain(`${instance} carries it`);
    expect(await names()).toEqual(['ops']);

    const approved = await run(['approve', String(question?.caseId), '--json', '--by', 'ann']);
    expect(approved.lines).toMatchObject([{ outcome: 'fixed' }]);
    expect(await names()).toEqual(['ops-replacement']);

    const { SecretString = '' } = await secrets.send(
      new GetSecretValueCommand({ SecretId: 'snapshut/key-pairs/ops-replacement' }),
    );
    const fresh = join(home, 'fresh');
    writeFileSync(fresh, SecretString, { mode: 0o600 });
    const publicHalf = execFileSync('ssh-keygen', ['-y', '-f', fresh], { encoding: 'utf8' });
    expect(publicHalf).toMatch(/^ssh-ed25519 /);
    const shown = await run(['show', String(question?.caseId), '--json']);
    expect(approved.stdout + shown.stdout).not.toContain(SecretString.split('\n')[2]);

    const undone = await run(['undo', String(question?.caseId), '--json', '--by', 'ann']);
    expect(undone.lines).toMatchObject([{ outcome: 'undone' }]);
    expect(await names()).toEqual(['ops']);
    const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['ops'] }));
    expect(KeyPairs[0]?.Tags).toEqual([{ Key: 'team', Value: 'web' }]);
  });
});

it('in place of a leaked RSA pair there is one of 4096 bits, which ssh-keygen loads', async () => {
  const made = join(home, 'builders');
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', made]);
  const PublicKeyMaterial = readFileSync(`${made}.pub`);
  await ec2.send(new ImportKeyPairCommand({ KeyName: 'builders', PublicKeyMaterial }));

  const asked = await run(['leak', '--respond', '--json', made]);
  const question = asked.lines.find((line) => line.control === 'exposed-key-pair');
  const approved = await run(['approve', String(question?.caseId), '--json', '--by', 'ann']);

  expect(approved.lines).toMatchObject([{ outcome: 'fixed' }]);
  const { SecretString = '' } = await secrets.send(
    new GetSecretValueCommand({ SecretId: 'snapshut/key-pairs/builders-replacement' }),
  );
  const fresh = join(home, 'fresh-rsa');
  writeFileSync(fresh, SecretString, { mode: 0o600 });
  const facts = execFileSync('ssh-keygen', ['-lf', fresh], { encoding: 'utf8' });
  expect(facts).toMatch(/^4096 SHA256:.*\(RSA\)\s*$/);
  const publicHalf = execFileSync('ssh-keygen', ['-y', '-f', fresh], { encoding: 'utf8' });
  const { KeyPairs = [] } = await ec2.send(
    new DescribeKeyPairsCommand({ KeyNames: ['builders-replacement'], IncludePublicKey: true }),
  );
  expect(KeyPairs[0]?.PublicKey?.split(' ')[1]).toBe(publicHalf.trim().split(' ')[1]);
  expect(approved.stdout + asked.stdout).not.toContain(SecretString.split('\n')[2]);
}, 240_000);
