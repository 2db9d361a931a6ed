import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { reissuableUntil, reissue } from '../../lib/certificates/reissue.ts';
import { authority, issued } from './authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'reissue-'));
afterAll(() => rmSync(folder, { recursive: true }));

const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
const notAfter = new Date(notBefore.getTime() + 400 * 86_400_000);

/** What openssl prints of one part of a certificate. */
function openssl(pem: string, ...args: string[]): string {
  return execFileSync('openssl', ['x509', '-noout', ...args], { input: pem }).toString();
}

const extensions = 'subjectAltName,keyUsage,extendedKeyUsage,basicConstraints';

describe.each([
  ['an RSA authority', 'rsa:2048', 'rsa:3072'],
  ['an RSA authority, for a P-256 key', 'rsa:2048', 'ec:prime256v1'],
  ['a P-384 authority, for a P-256 key', 'ec:secp384r1', 'ec:prime256v1'],
] as const)('%s', (_what, caKey, leafKey) => {
  const ca = authority(folder, 'Example CA Zürich', caKey);
  const old = issued(ca, 'web', leafKey);

  it('makes another certificate that OpenSSL verifies: all but key, serial and dates are the same', async () => {
    const made = await reissue({ old: old.pem, ca: ca.pem, caKey: ca.key, notBefore, notAfter });

    const [caFile, file] = [join(folder, 'ca.pem'), join(folder, 'new.pem')];
    writeFileSync(caFile, ca.pem);
    writeFileSync(file, made.certificate);
    const verify = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-verify_hostname',
      'web.internal.example',
    ];
    expect(execFileSync('openssl', [...verify, '-CAfile', caFile, file]).toString()).toContain(': OK');
    for (const args of [['-subject'], ['-issuer'], ['-ext', extensions]])
      expect(openssl(made.certificate, ...args)).toBe(openssl(old.pem, ...args));
    const [before, after] = [new X509Certificate(old.pem), new X509Certificate(made.certificate)];
    expect(new Date(after.validTo)).toEqual(notAfter);
    expect(new Date(after.validFrom)).toEqual(notBefore);
    expect(after.serialNumber).not.toBe(before.serialNumber);
    expect(after.publicKey.asymmetricKeyDetails).toEqual(before.publicKey.asymmetricKeyDetails);
    expect(after.publicKey.equals(before.publicKey)).toBe(false);
    // The key is the certificate's own, and shows nowhere by accident.
    const { privateKey = '' } = made.key.reveal();
    const own = execFileSync('openssl', ['pkey', '-pubout'], { input: privateKey }).toString();
    expect(own).toBe(openssl(made.certificate, '-pubkey'));
    expect(`${made.key} ${JSON.stringify(made)} ${inspect(made)}`).not.toContain('PRIVATE KEY');
  });
});

describe('what is not made again', () => {
  const ca = authority(folder, 'Example CA', 'rsa:2048');
  const namesake = authority(folder, 'Example CA', 'rsa:2048');

  it('is of another authority, also of one with the same name; an authority itself; one with a small key', () => {
    const other = authority(folder, 'Another CA', 'rsa:2048');
    expect(reissuableUntil(issued(ca, 'web', 'rsa:2048').pem, ca.pem)).not.toBeNull();
    expect(reissuableUntil(issued(other, 'web', 'rsa:2048').pem, ca.pem)).toBeNull();
    expect(reissuableUntil(issued(namesake, 'web', 'rsa:2048').pem, ca.pem)).toBeNull();
    expect(reissuableUntil(ca.pem, ca.pem)).toBeNull();
    expect(reissuableUntil(issued(ca, 'web', 'rsa:1024').pem, ca.pem)).toBeNull();
  });

  it('comes with a key of another authority, or with no key: refused without a word of the key', async () => {
    const old = issued(ca, 'web', 'rsa:2048').pem;
    for (const caKey of [namesake.key, namesake.key.slice(0, 400), 'canary'])
      await expect(reissue({ old, ca: ca.pem, caKey, notBefore, notAfter })).rejects.toThrow(
        /^the key of the internal authority (does not belong to its certificate|cannot be read: expected a PEM without passphrase)$/,
      );
  });

  it('reads what the authority wrote: PEM with text around it', () => {
    const pem = readFileSync(issued(ca, 'web', 'rsa:2048').file, 'utf8');
    expect(reissuableUntil(`subject=web\n${pem}`, ca.pem)).not.toBeNull();
  });
});
