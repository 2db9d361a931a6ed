import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { accountOfKey } from '../../lib/leaks/key-id.ts';
import { bareFingerprint } from '../../lib/leaks/private-key.ts';
import { Recogniser, recognise } from '../../lib/leaks/recognise.ts';

const folder = mkdtempSync(join(tmpdir(), 'leaks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Made up of letters, so that no scanner takes this file for a leak. */
const idOf = (prefix: string, rest: string) => `${prefix}${rest}`;
const newKey = idOf('AKIA', 'RZPUZDIKG7MBXFKK');
const oldKey = idOf('AKIA', 'IOSFODNN7EXAMPLE');

test.each([
  [newKey, '123456789012'],
  [idOf('ASIA', 'Y34FZKBOKMUTVV7A'), '609629065308'],
  [oldKey, null],
  ['AKIA', null],
  [idOf('AIDA', 'RZPUZDIKG7MBXFKK'), null],
])('the account in %s is %s', (id, account) => {
  expect(accountOfKey(id)).toBe(account);
});

function keygen(type: string, format: string, passphrase: string, bits: string[] = []) {
  const file = join(folder, `${type}-${format}-${passphrase}`);
  execFileSync('ssh-keygen', ['-q', '-t', type, ...bits, '-m', format, '-N', passphrase, '-f', file]);
  const said = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' });
  return { text: readFileSync(file, 'utf8'), fingerprint: said.split(' ')[1] };
}

describe('a private key of ssh-keygen', () => {
  const sorts: [type: string, format: string, bits: string[]][] = [
    ['rsa', 'PEM', ['-b', '2048']],
    ['rsa', 'PKCS8', ['-b', '2048']],
    ['rsa', 'RFC4716', ['-b', '2048']],
    ['ecdsa', 'PEM', ['-b', '384']],
    ['ecdsa', 'RFC4716', ['-b', '521']],
    ['ed25519', 'RFC4716', []],
  ];
  it.each(
    sorts,
  )('%s in %s is known by the fingerprint that ssh-keygen prints, also inside JSON', (type, format, bits) => {
    const { text, fingerprint } = keygen(type, format, '', bits);
    for (const written of [
      text,
      JSON.stringify({ key: text }),
      text.replaceAll('\n', '\r\n'),
      text.replaceAll('\n', '\n    '),
    ]) {
      const found = recognise(written);
      expect(found.map((one) => one.id)).toEqual([fingerprint]);
      // Neither the secret nor any longer piece of it is in what is answered.
      expect(JSON.stringify(found)).not.toContain(text.split('\n')[3]?.slice(0, 30));
    }
  });

  it('in OpenSSH form is known although it is encrypted; in PEM form only that it is there', () => {
    const { text, fingerprint } = keygen('ed25519', 'RFC4716', 'secret');
    expect(recognise(text)).toMatchObject([{ id: fingerprint, key: { isEncrypted: true } }]);
    const pem = keygen('rsa', 'PEM', 'secret', ['-b', '2048']);
    expect(recognise(pem.text)).toMatchObject([
      { id: 'encrypted, line 1', key: { isEncrypted: true, fingerprints: [] } },
    ]);
  });
});

it("has every fingerprint that EC2 and Nova know it by, as OpenSSL's own tools make them", () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  const openssl = (args: string[], input: string | Buffer) =>
    execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
  const digest = (name: string, der: Buffer) =>
    String(openssl(['dgst', `-${name}`, '-c'], der))
      .split('= ')[1]
      ?.trim();
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
  const imported = digest('md5', openssl(['rsa', '-pubout', '-outform', 'DER'], String(pem)));
  const made = digest(
    'sha1',
    openssl(['pkcs8', '-inform', 'PEM', '-outform', 'DER', '-topk8', '-nocrypt'], String(pem)),
  );

  const [found] = recognise(String(pem));

  expect(found).toMatchObject({
    what: 'private-key',
    key: { fingerprints: expect.arrayContaining([imported, made]) },
  });
  expect(bareFingerprint('SHA256:abc=')).toBe(bareFingerprint('abc'));
});

const mixed = (pem: string) =>
  `a ${newKey}\n${pem}\nx${newKey} ${newKey}x\n-----BEGIN RSA PRIVATE KEY----- cut\n"EXO0123456789abcdef01234567"\n${oldKey}`;

it('what comes in pieces of any size is what stands in the whole', () => {
  const text = mixed(keygen('ed25519', 'PKCS8', '').text);
  const whole = recognise(text);
  const lineOf = (sign: string) => text.slice(0, text.indexOf(sign)).split('\n').length;
  expect(whole.map((one) => `${one.line} ${one.what}`)).toEqual([
    '1 aws-access-key',
    '2 private-key',
    `${lineOf('"EXO')} exoscale-key`,
    `${lineOf(oldKey)} aws-access-key`,
  ]);
  for (const size of [1, 2, 7, 63, 64, 65, 1000]) {
    const recogniser = new Recogniser();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...recogniser.push(text.slice(at, at + size)));
    expect([...found, ...recogniser.end()]).toEqual(whole);
  }
});

it.each([
  ['a word of five million letters', 'A'.repeat(5_000_000)],
  ['a key that never ends', `-----BEGIN PRIVATE KEY-----${'a'.repeat(5_000_000)}`],
  ['a hundred thousand beginnings', '-----BEGIN RSA PRIVATE KEY-----'.repeat(100_000)],
  [
    'keys of zeros',
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${'A'.repeat(4000)}\n-----END OPENSSH PRIVATE KEY-----\n`.repeat(
      100,
    ),
  ],
  [
    'no key at all between the lines',
    '-----BEGIN PRIVATE KEY-----\nhello\n-----END PRIVATE KEY-----'.repeat(1000),
  ],
])('%s holds nothing, and says so soon', (_what, text) => {
  const startedMs = performance.now();
  const recogniser = new Recogniser();
  const found = [];
  for (let at = 0; at < text.length; at += 65_536)
    found.push(...recogniser.push(text.slice(at, at + 65_536)));
  expect([...found, ...recogniser.end()]).toEqual([]);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});
