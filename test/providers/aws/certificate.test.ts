import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACMClient, ImportCertificateCommand } from '@aws-sdk/client-acm';
import { IAMClient, UploadServerCertificateCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Control, Settings } from '../../../lib/controls/control.ts';
import { expiringHeldCertificate } from '../../../lib/controls/expiring-held-certificate.ts';
import { weakCertificate } from '../../../lib/controls/weak-certificate.ts';
import type { Resource } from '../../../lib/model.ts';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { region } from './cloud.ts';

const moto = useMoto();
const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As people make them who do not know better, and as they should be. */
function made(name: string, key: string[], hash: string, days: string) {
  const [keyFile, certFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const subject = ['-subj', `/CN=${name}.example.com`, '-addext', `subjectAltName=DNS:${name}.example.com`];
  const args = ['req', '-x509', '-nodes', ...key, `-${hash}`, '-days', days, ...subject];
  execFileSync('openssl', [...args, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  return { Certificate: readFileSync(certFile), PrivateKey: readFileSync(keyFile) };
}

let provider: AwsProvider;
let ids: { [name: string]: Resource };

beforeAll(async () => {
  const config = { endpoint: moto().endpoint, region, credentials: motoCredentials };
  const acm = new ACMClient(config);
  const iam = new IAMClient(config);
  const place = { provider: 'aws' as const, account: motoAccount, kind: 'certificate' as const };
  const inAcm = async (of: ReturnType<typeof made>): Promise<Resource> => {
    const { CertificateArn = '' } = await acm.send(new ImportCertificateCommand(of));
    return { ...place, region, id: CertificateArn };
  };
  const inIam = async (name: string, of: ReturnType<typeof made>): Promise<Resource> => {
    const { ServerCertificateMetadata } = await iam.send(
      new UploadServerCertificateCommand({
        ServerCertificateName: name,
        CertificateBody: String(of.Certificate),
        PrivateKey: String(of.PrivateKey),
      }),
    );
    return { ...place, region: 'global', id: ServerCertificateMetadata?.Arn ?? '' };
  };
  provider = new AwsProvider({ accounts: [{ account: motoAccount }], version: '0', ...config });
  ids = {
    sound: await inAcm(made('sound', ['-newkey', 'rsa:2048'], 'sha256', '365')),
    curve: await inAcm(
      made('curve', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], 'sha256', '365'),
    ),
    short: await inAcm(made('short', ['-newkey', 'rsa:2048'], 'sha256', '5')),
    weak: await inIam('weak', made('weak', ['-newkey', 'rsa:1024'], 'sha1', '365')),
  };
}, 120_000);

const settings: Omit<Settings, 'options'> = {
  // What was made a moment ago is valid by then.
  now: new Date(Date.now() + 600_000),
  trusted: [],
  trustedAccounts: [],
  trustedOrganizations: [],
};

async function said(name: string, control: Control): Promise<string | null> {
  const [reading] = await provider.read([ids[name] as Resource]);
  if (reading?.status !== 'found') throw new Error(`${name} is ${reading?.status}`);
  return control.check(reading.state, { ...settings, options: control.options.parse({}) })?.why ?? null;
}

describe('a certificate that was imported', () => {
  it('with a weak key and a weak hash is told, and so is one that ends soon', async () => {
    expect(await said('weak', weakCertificate)).toMatch(
      /^The certificate CN=weak\.example\.com has a key of 1024 bits; is signed with sha1/i,
    );
    expect(await said('weak', expiringHeldCertificate)).toBeNull();
    expect(await said('short', expiringHeldCertificate)).toMatch(
      /^The certificate CN=short\.example\.com expires on \d{4}-\d\d-\d\d/,
    );
    expect(await said('short', weakCertificate)).toBeNull();
  });

  it.each(['sound', 'curve'])('that is %s is passed', async (name) => {
    expect(await said(name, weakCertificate)).toBeNull();
    expect(await said(name, expiringHeldCertificate)).toBeNull();
  });

  it('is listed where it is kept: by region in ACM, once for the account in IAM', async () => {
    const all = async (where: string) => {
      const found: string[] = [];
      for await (const page of provider.list(motoAccount, where, 'certificate'))
        found.push(...page.map((one) => one.id));
      return found;
    };
    expect((await all(region)).toSorted()).toEqual([ids.sound?.id, ids.curve?.id, ids.short?.id].toSorted());
    expect(await all('global')).toEqual([ids.weak?.id]);
  });

  it('that was deleted is gone', async () => {
    const gone = [
      {
        ...(ids.sound as Resource),
        id: `arn:aws:acm:${region}:${motoAccount}:certificate/0b0b0b0b-0000-4000-8000-000000000000`,
      },
      { ...(ids.weak as Resource), id: `arn:aws:iam::${motoAccount}:server-certificate/nothing` },
    ];
    expect((await provider.read(gone)).map((one) => one.status)).toEqual(['gone', 'gone']);
  });
});
