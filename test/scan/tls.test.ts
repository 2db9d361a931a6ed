import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer } from '../../lib/scan/tls/answer.ts';
import { clientHello } from '../../lib/scan/tls/hello.ts';
import { lookAtTls } from '../../lib/scan/tls/look.ts';
import { probeTls } from '../../lib/scan/tls/probe.ts';
import { suiteName, suitesOf, tlsVersions, weaknessOf } from '../../lib/scan/tls/suites.ts';
import { closeServers, type KeyPair, keyPair, opensslServer, serve } from './servers.ts';

const ask = (port: number, over: { startTls?: null; totalMs?: number; timeoutMs?: number } = {}) => ({
  address: '127.0.0.1',
  port,
  serverName: null,
  startTls: null,
  timeoutMs: 3000,
  totalMs: 20_000,
  width: 4,
  ...over,
});

describe('versions and suites of OpenSSL servers', () => {
  let rsa: KeyPair;
  let ec: KeyPair;
  beforeAll(() => {
    rsa = keyPair();
    ec = keyPair({ type: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] });
  });
  afterAll(closeServers);

  const only = { suite: (name: string) => [`TLSv1.2 ${name}`] };
  const cases: { [sentence: string]: [key: 'rsa' | 'ec' | 'none', options: string[], expected: string[]] } = {
    'one suite with forward secrecy': [
      'rsa',
      ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'],
      only.suite('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'),
    ],
    'one suite on an elliptic key': [
      'ec',
      ['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
      only.suite('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'),
    ],
    'a suite that encrypts nothing': [
      'rsa',
      ['-tls1_2', '-cipher', 'NULL-SHA256:@SECLEVEL=0'],
      only.suite('TLS_RSA_WITH_NULL_SHA256'),
    ],
    'a suite that proves nobody': [
      'rsa',
      ['-tls1_2', '-cipher', 'ADH-AES128-SHA:@SECLEVEL=0'],
      only.suite('TLS_DH_anon_WITH_AES_128_CBC_SHA'),
    ],
    'a shared key and no certificate': [
      'none',
      ['-tls1_2', '-psk', '1234', '-cipher', 'PSK-AES128-CBC-SHA:@SECLEVEL=0'],
      only.suite('TLS_PSK_WITH_AES_128_CBC_SHA'),
    ],
    'TLS 1.0 alone': [
      'rsa',
      ['-tls1', '-cipher', 'AES128-SHA:@SECLEVEL=0'],
      ['TLSv1.0 TLS_RSA_WITH_AES_128_CBC_SHA'],
    ],
    'TLS 1.1 alone': [
      'rsa',
      ['-tls1_1', '-cipher', 'AES256-SHA:@SECLEVEL=0'],
      ['TLSv1.1 TLS_RSA_WITH_AES_256_CBC_SHA'],
    ],
    'TLS 1.3 alone, with suites that few take': [
      'rsa',
      ['-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256'],
      ['TLSv1.3 TLS_AES_128_CCM_8_SHA256', 'TLSv1.3 TLS_AES_128_CCM_SHA256'],
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [key, options, expected]) => {
    const port = await opensslServer(key === 'none' ? null : { rsa, ec }[key], options);

    const found = await probeTls(ask(port));

    expect(found.suites.map((one) => `${one.version} ${one.name}`).sort()).toEqual(expected);
    expect(found.incomplete).toBeNull();
  });

  test('certificate, key and signature are told, also by a server that only has old suites', async () => {
    const old = await opensslServer(rsa, ['-tls1', '-cipher', 'NULL-SHA:@SECLEVEL=0']);
    const modern = await opensslServer(ec, ['-tls1_3']);

    const [fromOld, fromModern] = await Promise.all([lookAtTls(ask(old)), lookAtTls(ask(modern))]);

    expect(fromOld?.tls).toMatchObject({ keyType: 'rsa', keyBits: 2048 });
    expect(fromOld?.certificate).toMatchObject({
      subject: 'CN=localhost',
      names: ['localhost', '127.0.0.1'],
    });
    expect(fromModern?.tls).toMatchObject({ versions: ['TLSv1.3'], keyType: 'prime256v1', keyBits: 256 });
    expect(fromModern?.certificate).toMatchObject({
      trustError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      chainLength: 1,
    });
  });

  test('a name that the certificate does not cover is seen, and a bare address is asked for none', async () => {
    const port = await opensslServer(rsa, ['-tls1_3']);
    const covers = async (serverName: string | null) =>
      (await lookAtTls({ ...ask(port), serverName }))?.certificate?.coversName;

    expect(await Promise.all(['localhost', 'www.example.org', null].map(covers))).toEqual([
      true,
      false,
      null,
    ]);
  });

  test('a stapled answer of the certificate’s authority and HTTP/2 are seen where they are', async () => {
    const plain = await opensslServer(ec, ['-tls1_3']);
    const h2 = await opensslServer(ec, ['-tls1_3', '-alpn', 'h2']);

    expect((await lookAtTls(ask(plain)))?.tls).toMatchObject({ http2: false, ocspStapled: false });
    expect((await lookAtTls(ask(h2)))?.tls).toMatchObject({ http2: true });
  });
});

/** What no present OpenSSL serves any more: a server that takes one version and one suite, as far as its hello. */
function oldServer(version: number, suite: number): Promise<number> {
  return serve((socket) => {
    socket.once('data', (hello) => {
      const offersVersion = hello.readUInt16BE(9) === version;
      const sessionLength = hello[43] ?? 0;
      const suites = hello.subarray(
        46 + sessionLength,
        46 + sessionLength + hello.readUInt16BE(44 + sessionLength),
      );
      const offersSuite = suites.some(
        (_, at) => at % 2 === 0 && at + 1 < suites.length && suites.readUInt16BE(at) === suite,
      );
      if (!offersVersion || !offersSuite) {
        socket.end(Buffer.from([21, 3, 0, 0, 2, 2, 40]));
        return;
      }
      const body = Buffer.concat([
        Buffer.from([version >> 8, version & 255]),
        Buffer.alloc(32, 7),
        Buffer.from([0, suite >> 8, suite & 255, 0]),
      ]);
      const messages = Buffer.concat([Buffer.from([2, 0, 0, body.length]), body, Buffer.from([14, 0, 0, 0])]);
      socket.end(
        Buffer.concat([Buffer.from([22, version >> 8, version & 255, 0, messages.length]), messages]),
      );
    });
  });
}

describe('suites that OpenSSL has forgotten', () => {
  afterEach(closeServers);

  test.each([
    ['SSLv3', 0x0300, 0x0005, 'TLS_RSA_WITH_RC4_128_SHA', 'RC4'],
    ['SSLv3', 0x0300, 0x0003, 'TLS_RSA_EXPORT_WITH_RC4_40_MD5', 'export'],
    ['TLSv1.0', 0x0301, 0x000a, 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', '3DES'],
    ['TLSv1.0', 0x0301, 0x0009, 'TLS_RSA_WITH_DES_CBC_SHA', 'DES'],
    ['TLSv1.2', 0x0303, 0xc011, 'TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'RC4'],
  ])('%s %#', async (version, code, suite, name, weakness) => {
    const port = await oldServer(code, suite);

    const found = await probeTls(ask(port));

    expect(found.suites.map((one) => `${one.version} ${one.name}`)).toEqual([`${version} ${name}`]);
    expect(weaknessOf(name)).toBe(weakness);
  });
});

test('every suite has a name of its own, and TLS 1.3 shares none with the others', () => {
  const old = suitesOf('TLSv1.2');

  expect(new Set([...old, ...suitesOf('TLSv1.3')].map(suiteName)).size).toBe(
    old.length + suitesOf('TLSv1.3').length,
  );
  for (const version of tlsVersions)
    for (const suite of suitesOf(version)) expect(suiteName(suite)).toMatch(/^TLS_/);
});

test('a hello says its own lengths right', () => {
  for (const version of tlsVersions) {
    const hello = clientHello({
      version,
      suites: suitesOf(version).slice(0, 64),
      serverName: 'www.example.org',
    });
    expect(hello.readUInt16BE(3)).toBe(hello.length - 5);
    expect(hello.readUIntBE(6, 3)).toBe(hello.length - 9);
  }
});

describe('an answer is read without belief', () => {
  test.each([
    ['nothing', [], 'more'],
    ['half a header', [22, 3], 'more'],
    ['another protocol', [...Buffer.from('HTTP/1.1 400')], 'notTls'],
    ['a refusal', [21, 3, 1, 0, 2, 2, 40], 'alert'],
    ['a warning alone', [21, 3, 1, 0, 2, 1, 112], 'more'],
    ['a message longer than anybody sends', [22, 3, 3, 0, 4, 2, 255, 255, 255], 'notTls'],
    ['a hello that ends too early', [22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3], 'more'],
    [
      'empty records without end',
      Array.from({ length: 500 }, (_, at) => [22, 3, 3, 0, 0][at % 5] ?? 0),
      'more',
    ],
  ])('%s', (_, bytes, type) => {
    expect(readAnswer(Buffer.from(bytes)).type).toBe(type);
  });
});
