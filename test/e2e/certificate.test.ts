import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACMClient, GetCertificateCommand, ImportCertificateCommand } from '@aws-sdk/client-acm';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { type Authority, authority, issued } from '../certificates/authority.ts';
import { useMoto } from '../engines/moto.ts';
import { region } from '../providers/aws/cloud.ts';
import { type Ran, snapshut } from './cli.ts';

const moto = useMoto();
const home = mkdtempSync(join(tmpdir(), 'snapshut-'));
afterAll(() => rmSync(home, { recursive: true }));

let acm: ACMClient;
let ca: Authority;
let keyArn = '';
let printed = '';
const arns: { [name: string]: string } = {};

beforeAll(async () => {
  const config = { endpoint: moto().endpoint, region, credentials: motoCredentials };
  acm = new ACMClient(config);
  ca = authority(home, 'Example CA', 'rsa:2048');
  const other = authority(home, 'Another CA', 'rsa:2048');
  const made = await new SecretsManagerClient(config).send(
    new CreateSecretCommand({ Name: 'internal-ca', SecretString: ca.key }),
  );
  keyArn = made.ARN ?? '';
  for (const [name, by] of Object.entries({ ours: ca, theirs: other })) {
    const { pem, key } = issued(by, name, 'rsa:2048');
    const { CertificateArn = '' } = await acm.send(
      new ImportCertificateCommand({
        Certificate: Buffer.from(pem),
        PrivateKey: Buffer.from(key),
        CertificateChain: Buffer.from(by.pem),
        Tags: [{ Key: 'team', Value: name }],
      }),
    );
    arns[name] = CertificateArn;
  }
  const internalCa = `{certificate: ${ca.files.pem}, keyEnv: INTERNAL_CA_KEY}`;
  writeFileSync(join(home, 'snapshut.yml'), `certificates:\n  internalCa: ${internalCa}\n`);
}, 300_000);

async function run(args: string[], key = keyArn): Promise<Ran> {
  const ran = await snapshut(args, { endpoint: moto().endpoint, home, env: { INTERNAL_CA_KEY: key } });
  printed += ran.stdout + ran.stderr;
  return ran;
}

/** What a sweep says of certificates, by the one that it is about. */
async function swept(key = keyArn) {
  const { lines } = await run(['sweep', '--json'], key);
  const about = (arn: string | undefined) =>
    lines.find(
      (one) => (one.resource as { id?: string } | null)?.id === arn && one.control === 'expiring-certificate',
    );
  return { ours: about(arns.ours), theirs: about(arns.theirs) };
}

const pemOf = async (arn: string | undefined) =>
  String((await acm.send(new GetCertificateCommand({ CertificateArn: arn }))).Certificate);

it('one of the internal authority that ends soon is renewed over its ARN, another is told', async () => {
  const [before, theirs] = [await pemOf(arns.ours), await pemOf(arns.theirs)];

  // Without the authority's key nothing is made, and the next look tries again.
  const failed = await swept('');
  expect(failed.ours?.outcome).not.toBe('fixed');
  expect(await pemOf(arns.ours)).toBe(before);
  const first = await swept();

  expect(first.ours).toMatchObject({ outcome: 'fixed' });
  expect(first.theirs).toMatchObject({ outcome: 'told' });
  expect(await pemOf(arns.theirs)).toBe(theirs);
  const renewed = await pemOf(arns.ours);
  const [old, now] = [new X509Certificate(before), new X509Certificate(renewed)];
  expect(Date.parse(now.validTo)).toBeGreaterThan(Date.now() + 21 * 86_400_000);
  expect([now.subject, now.subjectAltName]).toEqual([old.subject, old.subjectAltName]);
  expect(now.publicKey.equals(old.publicKey)).toBe(false);
  const file = join(home, 'renewed.pem');
  writeFileSync(file, renewed);
  expect(
    execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', ca.files.pem, file]).toString(),
  ).toContain(': OK');

  // Nothing more the next day, and no way back.
  expect((await swept()).ours).toBeUndefined();
  expect(await pemOf(arns.ours)).toBe(renewed);
  const undone = await run(['undo', String(first.ours?.caseId), '--json']);
  expect(undone.lines[0]).toMatchObject({
    outcome: 'refused',
    why: 'ACM shows nobody the private key of the certificate before, so it cannot be put back',
  });
  expect(undone.code).toBe(1);
}, 240_000);

it('no key is in what was printed or kept', () => {
  const kept = readdirSync(home).filter((name) => /\.(db|sqlite)|state|history/.test(name));
  expect(kept.length).toBeGreaterThan(0);
  const all = [printed, ...kept.map((name) => readFileSync(join(home, name), 'latin1'))].join('\n');
  expect(all).not.toContain('PRIVATE KEY');
  for (const line of ca.key.split('\n').filter((one) => /^[\w+/=]{40,}$/.test(one)))
    expect(all).not.toContain(line);
});
