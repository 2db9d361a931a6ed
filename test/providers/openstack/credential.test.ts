import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialState } from '../../../lib/kinds/credential.ts';
import type { Resource } from '../../../lib/model.ts';
import { successor } from '../../../lib/providers/openstack/credentials/application-credentials.ts';
import { OpenStackProvider } from '../../../lib/providers/openstack/openstack.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';
import { publicKeyOf } from '../../../lib/providers/ssh-public-key.ts';
import type { Rotator } from '../../../lib/rotation/rotator.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { outputOf, run } from '../../engines/process.ts';
import { sessionOn } from './session-on.ts';

let cloud: OpenStack | string;
let session: Session;
let provider: OpenStackProvider;
let account: string;
beforeAll(async () => {
  cloud = await startOpenStack(['nova']);
  if (typeof cloud === 'string') return;
  session = await sessionOn(cloud.env('demo'));
  provider = new OpenStackProvider([session]);
  account = (await session.place()).account;
}, 600_000);
afterAll(async () => {
  if (typeof cloud === 'object') await cloud.stop();
});
beforeEach(({ skip }) => {
  if (typeof cloud === 'string') skip(cloud);
});

const caseId = 'c1k86ieqj23e16a03552';
const demo = (...args: string[]) => (cloud as OpenStack).cli('demo', ...args);
/** What the client shows; it writes the names of fields now `ID`, now `id`. */
async function shown(...args: string[]) {
  const fields = Object.entries<string>(JSON.parse(await demo(...args, '-f', 'json')));
  return Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase().replaceAll(' ', '_'), value]));
}
const resource = (id: string): Resource => {
  return { provider: 'openstack', account, region: 'RegionOne', kind: 'credential', id };
};
async function listed(): Promise<string[]> {
  const found: string[] = [];
  for await (const page of provider.list(account, 'RegionOne', 'credential'))
    found.push(...page.map((one) => one.id));
  return found;
}
async function stateOf(id: string): Promise<CredentialState | string> {
  const [reading] = await provider.read([resource(id)]);
  if (reading?.status !== 'found') return reading?.status ?? 'nothing';
  return reading.state as CredentialState;
}
const rotatorOf = (id: string): Rotator => {
  const rotator = provider.rotator(resource(id));
  if (rotator === null) throw new Error(`${id} cannot be replaced`);
  return rotator;
};

/** Whether somebody who has only this application credential gets in. */
async function getsIn(id: string, secret: string): Promise<boolean> {
  const { authUrl, venv } = cloud as OpenStack;
  const { code } = await outputOf(`${venv}/bin/openstack`, ['token', 'issue'], {
    env: {
      OS_AUTH_URL: authUrl,
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_APPLICATION_CREDENTIAL_ID: id,
      OS_APPLICATION_CREDENTIAL_SECRET: secret,
      OS_REGION_NAME: 'RegionOne',
    },
  });
  return code === 0;
}

describe('credentials of the real Keystone and Nova', () => {
  it('are listed and read: application credentials, EC2 credentials and keypairs, without any secret', async () => {
    const made = await shown('application', 'credential', 'create', 'ci');
    const ec2 = await shown('ec2', 'credentials', 'create');
    const { home, line } = await rsaKey(2048);
    await demo('keypair', 'create', '--public-key', home, 'laptop old');

    const ids = await listed();
    const states = await Promise.all(ids.map(stateOf));

    const [ci, access, keypair] = [
      `application-credential/${made.id}`,
      `ec2/${ec2.access}`,
      'keypair/laptop old',
    ];
    expect(ids).toEqual(expect.arrayContaining([ci, access, keypair]));
    expect(states).toContainEqual(
      expect.objectContaining({ name: 'demo', service: 'ec2', lacks: ['deactivation'] }),
    );
    expect(await stateOf(keypair)).toMatchObject({ publicKey: { algorithm: 'ssh-rsa', bits: 2048 } });
    expect(JSON.stringify(states)).not.toContain(made.secret);
    expect(JSON.stringify(states)).not.toContain(ec2.secret);
    expect(JSON.stringify(states)).not.toContain(line.split(' ')[1]?.slice(0, 60));
    expect(await stateOf('application-credential/nobody')).toBe('gone');
    expect(await stateOf('sesame')).toBe('error');
    expect(provider.rotator(resource(keypair))).toBeNull();
  }, 180_000);

  it('an application credential is replaced by one with the same roles, which its case marks, and the old one goes', async () => {
    const old = await shown('application', 'credential', 'create', 'deploy', '--role', 'reader');
    const id = `application-credential/${old.id}`;
    const rotator = rotatorOf(id);
    const holder = { resource: resource(id), owner: 'demo' };

    const made = await rotator.create(holder, caseId);
    const keys = await rotator.keysOf(holder);
    const { applicationCredentialId = '', applicationCredentialSecret = '' } = made.secret.reveal();
    const worked = await getsIn(applicationCredentialId, applicationCredentialSecret);
    await rotator.delete(holder, id);
    await rotator.delete(holder, id);

    const now = await shown('application', 'credential', 'show', applicationCredentialId);
    expect(made.id).toBe(`application-credential/${applicationCredentialId}`);
    expect(keys?.map((key) => key.id)).toEqual(expect.arrayContaining([id, made.id]));
    expect(now).toMatchObject({ name: `deploy-${caseId}`, unrestricted: false });
    expect(JSON.stringify(now.roles)).toBe(JSON.stringify(old.roles));
    expect(worked).toBe(true);
    expect(await getsIn(old.id ?? '', old.secret ?? '')).toBe(false);
    expect(await rotator.madeBy(holder, made.id, caseId, '')).toBe('us');
    expect(await rotator.madeBy(holder, made.id, 'c1k86ieqj23e16a03553', '')).toBe('somebody');
    expect(rotator).toMatchObject({
      canDeactivate: false,
      afterwards: expect.stringContaining('five minutes'),
    });
    expect(await rotator.keysOf({ ...holder, owner: 'ann' })).toBeNull();
    // A second rotation does not pile case upon case.
    expect(
      successor(
        { name: now.name ?? '', unrestricted: false, roles: [], access_rules: [] },
        'c1k86ieqj2ffffffffff',
      ).name,
    ).toBe('deploy-c1k86ieqj2ffffffffff');
  }, 180_000);

  it('an EC2 credential is replaced by one that Keystone takes, and a third, which somebody made, is left alone', async () => {
    const old = await shown('ec2', 'credentials', 'create');
    const theirs = await shown('ec2', 'credentials', 'create');
    const id = `ec2/${old.access}`;
    const rotator = rotatorOf(id);
    const holder = { resource: resource(id), owner: 'demo' };

    const made = await rotator.create(holder, caseId);
    await rotator.delete(holder, id);
    await rotator.delete(holder, id);

    const { accessKeyId, secretAccessKey } = made.secret.reveal();
    const now = await shown('ec2', 'credentials', 'show', accessKeyId ?? '');
    expect(now).toMatchObject({ access: accessKeyId, secret: secretAccessKey, project_id: account });
    expect(await rotator.madeBy(holder, made.id, caseId, '')).toBe('us');
    expect(await rotator.madeBy(holder, `ec2/${theirs.access}`, caseId, '')).toBe('somebody');
    expect(await listed()).not.toContain(id);
    expect(await listed()).toContain(`ec2/${theirs.access}`);
  }, 180_000);

  it('an application credential that may make further ones is told apart', async () => {
    const wide = await shown('application', 'credential', 'create', 'wide', '--unrestricted');
    const narrow = await shown('application', 'credential', 'create', 'bounded');

    expect(await stateOf(`application-credential/${wide.id}`)).toMatchObject({
      reach: 'further-credentials',
    });
    expect(await stateOf(`application-credential/${narrow.id}`)).not.toHaveProperty('reach');
  }, 60_000);

  it('a token that may not look is no proof that a credential is gone', async () => {
    const made = await shown('application', 'credential', 'create', 'narrow');
    const { authUrl } = cloud as OpenStack;
    const narrow = await sessionOn({
      OS_AUTH_URL: authUrl,
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_APPLICATION_CREDENTIAL_ID: made.id ?? '',
      OS_APPLICATION_CREDENTIAL_SECRET: made.secret ?? '',
      OS_REGION_NAME: 'RegionOne',
    });
    const ec2 = await shown('ec2', 'credentials', 'create');

    const [reading] = await new OpenStackProvider([narrow]).read([resource(`ec2/${ec2.access}`)]);

    expect(reading).toMatchObject({ status: 'error' });
  }, 120_000);
});

async function rsaKey(bits: number): Promise<{ home: string; line: string }> {
  const { mkdtemp, readFile } = await import('node:fs/promises');
  const home = await mkdtemp('/tmp/snapshut-key-');
  await run('ssh-keygen', ['-q', '-t', 'rsa', '-b', String(bits), '-N', '', '-f', `${home}/key`]);
  return { home: `${home}/key.pub`, line: await readFile(`${home}/key.pub`, 'utf8') };
}

it('the size of a public key is read from its modulus; what is no key says nothing', async () => {
  const { line } = await rsaKey(3072);

  expect(publicKeyOf(line)).toEqual({ algorithm: 'ssh-rsa', bits: 3072 });
  expect(
    publicKeyOf('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBxcDWc3tN2WJwWAMAVCvjFLEGiYb1b9FnkuT8YxN8mn a b'),
  ).toEqual({
    algorithm: 'ssh-ed25519',
    bits: null,
  });
  for (const none of ['', 'ssh-rsa', 'ssh-rsa !!!', 'ssh-rsa AAAA', 'ssh-rsa /////w==', '<script>'])
    expect(publicKeyOf(none)).toBeNull();
});
