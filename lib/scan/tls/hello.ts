import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { type TlsVersion, versionCodes } from './suites.ts';

/**
 * A ClientHello of our own making: node:tls can offer neither SSLv3 nor suites that OpenSSL has dropped.
 * https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2
 */

export interface Offer {
  version: TlsVersion;
  suites: readonly number[];
  serverName: string | null;
}

const groups = [
  29, 23, 24, 25, 30, 256, 257, 258, 21, 22, 19, 20, 26, 27, 28, 16, 17, 18, 13, 14, 9, 10, 11, 12,
];
const signatures = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
  0x0601, 0x0303, 0x0301, 0x0402, 0x0502, 0x0602, 0x0203, 0x0201, 0x0202, 0x0101,
];

export function clientHello({ version, suites, serverName }: Offer): Buffer {
  const isNew = version === 'TLSv1.3';
  // TLS 1.3 calls itself 1.2 here and names its version in an extension.
  const legacy = isNew ? versionCodes['TLSv1.2'] : versionCodes[version];
  const renegotiation = isNew ? [] : [0x00ff];
  const body = [
    u16(legacy),
    randomBytes(32),
    sized8(isNew ? randomBytes(32) : Buffer.alloc(0)),
    sized16(Buffer.concat([...suites, ...renegotiation].map(u16))),
    Buffer.from([1, 0]),
    ...(version === 'SSLv3' ? [] : [sized16(extensions(version, serverName))]),
  ];
  const message = Buffer.concat([Buffer.from([1]), sized24(Buffer.concat(body))]);
  const record = version === 'SSLv3' ? 0x0300 : 0x0301;
  return Buffer.concat([Buffer.from([22]), u16(record), sized16(message)]);
}

function extensions(version: TlsVersion, serverName: string | null): Buffer {
  const list: Buffer[] = [];
  const add = (type: number, content: Buffer) => list.push(u16(type), sized16(content));
  if (serverName !== null && isIP(serverName) === 0) {
    add(0, sized16(Buffer.concat([Buffer.from([0]), sized16(Buffer.from(serverName))])));
  }
  add(10, sized16(Buffer.concat(groups.map(u16))));
  add(11, sized8(Buffer.from([0, 1, 2])));
  if (version === 'TLSv1.2' || version === 'TLSv1.3') add(13, sized16(Buffer.concat(signatures.map(u16))));
  if (version === 'TLSv1.3') {
    add(43, sized8(u16(versionCodes['TLSv1.3'])));
    // No share at all: the server names its suite while it asks for one (HelloRetryRequest), and we compute nothing.
    add(51, sized16(Buffer.alloc(0)));
    add(45, sized8(Buffer.from([1])));
  }
  return Buffer.concat(list);
}

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function sized8(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([content.length]), content]);
}

function sized16(content: Buffer): Buffer {
  return Buffer.concat([u16(content.length), content]);
}

function sized24(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([content.length >> 16]), u16(content.length & 0xffff), content]);
}
