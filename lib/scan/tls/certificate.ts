import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { CertificateFacts } from '../../kinds/endpoint.ts';
import { Conversation } from '../conversation.ts';
import type { TlsServer } from './probe.ts';
import { startTls } from './starttls.ts';

/** What a whole handshake by node:tls shows beside the suites. */
export interface Handshake {
  certificates: Buffer[];
  trustError: string | null;
  ocspStapled: boolean;
  alpn: string | null;
}

/** Everything that OpenSSL still can, because we look and do not trust. */
export const lenient = {
  rejectUnauthorized: false,
  minVersion: 'TLSv1',
  ciphers: 'ALL:COMPLEMENTOFALL:@SECLEVEL=0',
} as const;

/** A finished TLS connection and what runs in it, bounded by the server's time-out; null where none comes about. */
export async function openTls(
  server: Omit<TlsServer, 'totalMs' | 'width'>,
  alpn: string[] = [],
): Promise<{ socket: TLSSocket; talk: Conversation; stapled: boolean } | null> {
  const talk = await Conversation.open({ ...server, maxBytes: 1_048_576 });
  if (talk === null) return null;
  if (server.startTls !== null && (await startTls(server.startTls, talk)) !== true) {
    talk.close();
    return null;
  }
  const servername = server.serverName === null ? {} : { servername: server.serverName };
  const protocols = alpn.length > 0 ? { ALPNProtocols: alpn } : {};
  return new Promise((resolve) => {
    let stapled = false;
    const raw = talk.release();
    const socket = connect({ ...lenient, ...servername, ...protocols, socket: raw, requestOCSP: true });
    const fail = () => {
      talk.close();
      socket.destroy();
      resolve(null);
    };
    socket.on('OCSPResponse', (response: Buffer) => {
      stapled = (response?.length ?? 0) > 0;
    });
    socket.once('secureConnect', () => resolve({ socket, talk, stapled }));
    socket.on('error', fail);
    raw.once('close', fail);
  });
}

export async function shakeHands(server: Omit<TlsServer, 'totalMs' | 'width'>): Promise<Handshake | null> {
  const open = await openTls(server, ['h2', 'http/1.1']);
  if (open === null) return null;
  const { socket, talk, stapled } = open;
  try {
    const certificates: Buffer[] = [];
    let one = socket.getPeerCertificate(true);
    // A chain ends in itself, and a hostile one may be as long as it likes.
    while (one?.raw && !certificates.some((known) => known.equals(one.raw)) && certificates.length < 20) {
      certificates.push(one.raw);
      one = one.issuerCertificate;
    }
    const error: unknown = socket.authorizationError;
    return {
      certificates,
      trustError: socket.authorized ? null : wordOf(error),
      ocspStapled: stapled,
      alpn: socket.alpnProtocol || null,
    };
  } finally {
    socket.destroy();
    talk.close();
  }
}

function wordOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error ? String(error) : 'UNKNOWN';
}

export interface Key {
  keyType: string | null;
  keyBits: number | null;
  signature: string | null;
}

/** Null for bytes that are no certificate. */
export function readCertificate(
  chain: readonly Buffer[],
  about: { id: string; port: number; serverName: string | null; trustError: string | null },
): { facts: CertificateFacts; key: Key } | null {
  const leaf = parse(chain[0]);
  if (leaf === null) return null;
  const { id, port, serverName, trustError } = about;
  const facts = {
    id,
    port,
    subject: short(leaf.subject),
    issuer: short(leaf.issuer),
    names: namesOf(leaf).slice(0, 100),
    notBefore: dateOf(leaf.validFrom),
    notAfter: dateOf(leaf.validTo),
    serial: leaf.serialNumber,
    chainLength: chain.length,
    trustError,
    coversName: serverName === null ? null : covers(leaf, serverName),
  };
  return { facts, key: keyOf(leaf) };
}

function parse(der: Buffer | undefined): X509Certificate | null {
  if (der === undefined) return null;
  try {
    return new X509Certificate(der);
  } catch {
    // Any error here means the same: these bytes came from outside and are no certificate.
    return null;
  }
}

function covers(leaf: X509Certificate, name: string): boolean {
  return checkServerIdentity(name, leaf.toLegacyObject()) === undefined;
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .flatMap((one) => /^(?:DNS|IP Address):(.{1,253})$/.exec(one)?.[1] ?? []);
}

function keyOf(leaf: X509Certificate): Key {
  const signature = leaf.signatureAlgorithm ?? null;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = leaf.publicKey;
    const curve = asymmetricKeyDetails?.namedCurve;
    const bits = asymmetricKeyDetails?.modulusLength ?? Number(/(\d{3})/.exec(curve ?? '')?.[1] ?? 0);
    return { keyType: curve ?? asymmetricKeyType ?? null, keyBits: bits || null, signature };
  } catch {
    // A key of a sort that OpenSSL does not know; the dates and names still count.
    return { keyType: null, keyBits: null, signature };
  }
}

function dateOf(text: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString();
}

function short(name: string): string {
  return name.replaceAll('\n', ', ').slice(0, 300);
}
