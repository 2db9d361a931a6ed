import { describe, expect, test } from 'vitest';
import type { SshFacts } from '../../lib/kinds/endpoint.ts';
import { readKexInit } from '../../lib/scan/ssh/look.ts';
import { weakOffers } from '../../lib/scan/ssh/weak.ts';

function kexInit(lists: string[]): Buffer {
  const names = lists.map((list) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(list.length);
    return Buffer.concat([length, Buffer.from(list)]);
  });
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16, 9), ...names, Buffer.alloc(5)]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + 5);
  head[4] = 4;
  return Buffer.concat([head, payload, Buffer.alloc(4)]);
}

test('an offer is read with both directions together', () => {
  const packet = kexInit([
    'kex-a,kex-b',
    'ssh-ed25519',
    'aes128-ctr',
    'aes128-ctr,3des-cbc',
    'mac-a',
    'mac-b',
    'none',
    'none',
    '',
    '',
  ]);

  expect(readKexInit(packet)).toEqual({
    kex: ['kex-a', 'kex-b'],
    hostKeys: ['ssh-ed25519'],
    ciphers: ['aes128-ctr', '3des-cbc'],
    macs: ['mac-a', 'mac-b'],
  });
});

test('an offer that is cut, or no offer, is none', () => {
  const packet = kexInit([
    'kex-a',
    'ssh-ed25519',
    'aes128-ctr',
    'aes128-ctr',
    'mac-a',
    'mac-a',
    'none',
    'none',
    '',
    '',
  ]);

  for (let length = 0; length < 60; length++) expect(readKexInit(packet.subarray(0, length))).toBeNull();
  expect(readKexInit(Buffer.from([0, 0, 0, 2, 0, 1]))).toBeNull();
});

describe('what is weak', () => {
  const modern: SshFacts = {
    id: 'tcp/22',
    port: 22,
    banner: '',
    methods: [],
    kex: [
      'sntrup761x25519-sha512@openssh.com',
      'curve25519-sha256',
      'diffie-hellman-group16-sha512',
      'kex-strict-s-v00@openssh.com',
    ],
    hostKeys: ['ssh-ed25519', 'rsa-sha2-512', 'ecdsa-sha2-nistp256'],
    ciphers: ['chacha20-poly1305@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr'],
    macs: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512'],
  };

  test('nothing of a modern offer', () => {
    expect(weakOffers(modern)).toEqual([]);
  });

  test.each([
    ['kex', 'diffie-hellman-group1-sha1'],
    ['kex', 'diffie-hellman-group-exchange-sha1'],
    ['hostKeys', 'ssh-dss'],
    ['hostKeys', 'ssh-rsa'],
    ['ciphers', 'arcfour256'],
    ['ciphers', '3des-cbc'],
    ['ciphers', 'none'],
    ['macs', 'hmac-md5'],
    ['macs', 'hmac-sha1-96'],
  ] as const)('%s %s', (list, name) => {
    expect(weakOffers({ ...modern, [list]: [...modern[list], name] }).map((one) => one.names)).toEqual([
      [name],
    ]);
  });
});
