import { type TlsVersion, tlsVersions, versionCodes } from './suites.ts';

/** What a server says to a ClientHello, as far as it is needed: chosen version and suite, certificates, key exchange. */
export type HelloAnswer =
  | { type: 'more' }
  /** `isSent`: in TLS's own words, not by hanging up. */
  | { type: 'alert'; description: number; isSent: boolean }
  | { type: 'notTls' }
  | {
      type: 'chosen';
      version: TlsVersion | null;
      suite: number;
      certificates: Buffer[];
      dhBits: number | null;
      isDone: boolean;
    };

const messageTypes = { serverHello: 2, certificate: 11, serverKeyExchange: 12, serverHelloDone: 14 } as const;
const maxMessageBytes = 131_072;

/** Reads what has been heard so far. Lengths come from outside: nothing is believed that is not there. */
export function readAnswer(heard: Buffer): HelloAnswer {
  const flight = handshakeBytes(heard);
  if (flight === 'notTls') return { type: 'notTls' };
  const messages = messagesOf(flight.bytes);
  if (messages === null) return { type: 'notTls' };
  const hello = messages.find((one) => one.type === messageTypes.serverHello);
  const chosen = hello && readServerHello(hello.body);
  if (!chosen)
    return flight.alert === null
      ? { type: 'more' }
      : { type: 'alert', description: flight.alert, isSent: true };
  const certificate = messages.find((one) => one.type === messageTypes.certificate);
  const exchange = messages.find((one) => one.type === messageTypes.serverKeyExchange);
  const done = messages.some((one) => one.type === messageTypes.serverHelloDone);
  return {
    type: 'chosen',
    ...chosen,
    certificates: certificate ? certificatesIn(certificate.body) : [],
    dhBits: exchange ? primeBits(exchange.body) : null,
    isDone: done || flight.alert !== null || chosen.version === 'TLSv1.3',
  };
}

function handshakeBytes(heard: Buffer): { bytes: Buffer; alert: number | null } | 'notTls' {
  const parts: Buffer[] = [];
  let alert: number | null = null;
  for (let at = 0; at < heard.length; ) {
    const type = heard[at] ?? 0;
    if (type < 20 || type > 23 || (at + 1 < heard.length && heard[at + 1] !== 3)) return 'notTls';
    if (at + 5 > heard.length) break;
    const end = at + 5 + heard.readUInt16BE(at + 3);
    // The part of a record that is here already may hold whole messages.
    const content = heard.subarray(at + 5, Math.min(end, heard.length));
    if (type === 22) parts.push(content);
    else if (type === 21 && content.length >= 2 && content[0] === 2) alert = content[1] ?? 0;
    // A warning (unrecognized_name) may stand before the ServerHello; anything after ChangeCipherSpec is encrypted.
    else if (type === 20 || type === 23) break;
    at = end;
  }
  return { bytes: Buffer.concat(parts), alert };
}

function messagesOf(bytes: Buffer): { type: number; body: Buffer }[] | null {
  const messages: { type: number; body: Buffer }[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUIntBE(at + 1, 3);
    if (length > maxMessageBytes) return null;
    if (at + 4 + length > bytes.length) break;
    messages.push({ type: bytes[at] ?? 0, body: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return messages;
}

function readServerHello(body: Buffer): { version: TlsVersion | null; suite: number } | null {
  const sessionLength = body[34] ?? 0;
  if (body.length < 38 + sessionLength) return null;
  const suite = body.readUInt16BE(35 + sessionLength);
  let code = body.readUInt16BE(0);
  for (let at = 40 + sessionLength; at + 4 <= body.length; ) {
    const type = body.readUInt16BE(at);
    const length = body.readUInt16BE(at + 2);
    if (type === 43 && length === 2 && at + 6 <= body.length) code = body.readUInt16BE(at + 4);
    at += 4 + length;
  }
  return { version: tlsVersions.find((one) => versionCodes[one] === code) ?? null, suite };
}

function certificatesIn(body: Buffer): Buffer[] {
  const certificates: Buffer[] = [];
  for (let at = 3; at + 3 <= body.length; ) {
    const length = body.readUIntBE(at, 3);
    if (length === 0 || at + 3 + length > body.length) break;
    certificates.push(body.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  return certificates;
}

/** Size of the prime of a finite-field exchange. An elliptic one starts with its curve type (3) and is told as null. */
function primeBits(body: Buffer): number | null {
  if (body.length < 2 || body[0] === 3) return null;
  const length = body.readUInt16BE(0);
  if (length < 16 || length + 2 > body.length) return null;
  const prime = body.subarray(2, 2 + length);
  const first = prime.findIndex((byte) => byte !== 0);
  return first < 0 ? null : (length - first - 1) * 8 + (32 - Math.clz32(prime[first] ?? 0));
}
