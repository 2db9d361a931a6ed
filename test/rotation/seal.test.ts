import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { envelopeDelivery, fetchEnvelope } from '../../lib/rotation/envelope-delivery.ts';
import { recipientOf, seal } from '../../lib/rotation/seal.ts';
import { Secret } from '../../lib/rotation/secret.ts';
import { canary } from './keyring.ts';

let folder: string;
const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshut-seal-'));
  for (const name of ['owner', 'other']) {
    const subject = `/CN=${name}/O=Example & Söhne`;
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-subj',
      subject,
      '-utf8',
    );
    openssl('pkey', '-in', `${name}.key`, '-pubout', '-out', `${name}.pub`);
  }
  openssl('rsa', '-in', 'owner.key', '-RSAPublicKey_out', '-out', 'owner.rsa');
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (name: string) => execFileSync('cat', [file(name)], { encoding: 'utf8' });
const text = `{"accessKeyId":"AKIA…","secretAccessKey":"${canary} ü"}\n`;

describe('an envelope', () => {
  it.each([
    ['a certificate', 'owner.crt', ['-recip', 'owner.crt', '-inkey', 'owner.key']],
    ['a certificate, by its key alone', 'owner.crt', ['-inkey', 'owner.key']],
    ['a public key', 'owner.pub', ['-inkey', 'owner.key']],
    ['an RSA public key as PKCS#1', 'owner.rsa', ['-inkey', 'owner.key']],
  ])('for %s opens with openssl', (_, recipient, with_) => {
    const envelope = seal(text, recipientOf(read(recipient)));
    writeFileSync(file('envelope.pem'), envelope);

    expect(envelope).toMatch(/^-----BEGIN CMS-----\n/);
    expect(envelope).not.toContain(canary);
    expect(openssl('cms', '-decrypt', '-binary', '-inform', 'PEM', '-in', 'envelope.pem', ...with_)).toBe(
      text,
    );
  });

  it('opens with no other key', () => {
    writeFileSync(file('envelope.pem'), seal(text, recipientOf(read('owner.crt'))));
    const decrypt = (key: string) =>
      openssl(
        'cms',
        '-decrypt',
        '-binary',
        '-inform',
        'PEM',
        '-in',
        'envelope.pem',
        '-inkey',
        key,
        '-recip',
        key.replace('key', 'crt'),
      );

    expect(() => decrypt('other.key')).toThrow();
    expect(decrypt('owner.key')).toBe(text);
  });

  it('is nothing for a private key, a short key, an elliptic key, or anything else', () => {
    const pub = { type: 'spki', format: 'pem' } as const;
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export(pub).toString();
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(pub).toString();

    expect(() => recipientOf(read('owner.key'))).toThrow('private key');
    expect(() => recipientOf(short)).toThrow('RSA with 1024 bits');
    expect(() => recipientOf(elliptic)).toThrow('not ec');
    expect(() => recipientOf('-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----')).toThrow(
      'expected',
    );
  });

  it('of a key has one name, whether it comes as certificate or as key', () => {
    const names = ['owner.crt', 'owner.pub', 'owner.rsa'].map((name) => recipientOf(read(name)).fingerprint);

    expect(new Set(names).size).toBe(1);
    expect(recipientOf(read('other.pub')).fingerprint).not.toBe(names[0]);
  });
});

describe('a delivery by envelope', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const secret = new Secret({ accessKeyId: 'AKIA1', secretAccessKey: canary });

  it('is handed out to exactly one of many who ask at once', async () => {
    const history = SqliteHistory.open(':memory:');
    const delivery = envelopeDelivery(history, recipientOf(read('owner.crt')));
    await delivery.deliver('case-1', { id: 'AKIA1', secret });
    expect(await delivery.holds('case-1', 'AKIA1')).toBe(true);

    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => fetchEnvelope('case-1', { history, askId: `ask-${n}`, now })),
    );

    const got = all.filter((one) => 'envelope' in one);
    expect(got).toHaveLength(1);
    expect(await fetchEnvelope('case-1', { history, askId: 'late', now })).toEqual({
      refused: 'fetched',
      keyId: 'AKIA1',
    });
    expect(await fetchEnvelope('case-2', { history, askId: 'x', now })).toEqual({ refused: 'none' });
    expect(await delivery.holds('case-1', 'AKIA1')).toBe(true);
    expect(JSON.stringify(await history.setting('envelope/case-1'))).not.toContain('CMS');
  });

  it('keeps nothing readable, and nothing at all once it is taken back', async () => {
    const history = SqliteHistory.open(':memory:');
    const delivery = envelopeDelivery(history, recipientOf(read('owner.crt')));
    await delivery.deliver('case-1', { id: 'AKIA1', secret });

    expect(JSON.stringify(await history.setting('envelope/case-1'))).not.toContain(canary);
    expect(delivery.pointer('case-1', 'AKIA1')).toMatch(/SHA256:.*case-1/);
    await delivery.takeBack('case-1', 'AKIA1');
    expect(await delivery.holds('case-1', 'AKIA1')).toBe(false);
  });
});

it('a secret shows nowhere by accident', async () => {
  const secret = new Secret({ secretAccessKey: canary });
  const { inspect } = await import('node:util');
  const error = Object.assign(new Error(`failed with ${secret}`), { key: { secret } });

  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ a: { b: secret } }, { depth: 9, showHidden: true }),
    inspect(error),
    `${{ ...secret }}`,
  ];

  for (const text of shown) expect(text).not.toContain(canary);
});
