import type { CertificateFacts, TlsFacts } from '../../kinds/endpoint.ts';
import { readCertificate, shakeHands } from './certificate.ts';
import { probeTls, type TlsServer } from './probe.ts';

/** Everything about TLS on one port; null where no handshake was answered at all. */
export async function lookAtTls(
  server: TlsServer,
): Promise<{ tls: TlsFacts; certificate: CertificateFacts | null } | null> {
  const [offer, handshake] = await Promise.all([probeTls(server), shakeHands(server)]);
  if (offer.suites.length === 0 && handshake === null && offer.incomplete !== null) return null;
  const id = `tcp/${server.port}`;
  const { port, serverName } = server;
  const chain =
    handshake !== null && handshake.certificates.length > 0 ? handshake.certificates : offer.certificates;
  const trustError = handshake?.trustError ?? null;
  const read = readCertificate(chain, { id, port, serverName, trustError });
  const tls: TlsFacts = {
    id,
    port,
    startTls: server.startTls,
    versions: offer.versions,
    suites: offer.suites,
    dhBits: offer.dhBits,
    keyType: read?.key.keyType ?? null,
    keyBits: read?.key.keyBits ?? null,
    signature: read?.key.signature ?? null,
    ocspStapled: handshake?.ocspStapled ?? null,
    http2: handshake === null ? null : handshake.alpn === 'h2',
    plain: null,
    incomplete: offer.incomplete,
  };
  return { tls, certificate: read?.facts ?? null };
}

/** A port that should speak TLS and does not. */
export function withoutTls(port: number, plain: string): TlsFacts {
  return {
    id: `tcp/${port}`,
    port,
    startTls: null,
    versions: [],
    suites: [],
    dhBits: null,
    keyType: null,
    keyBits: null,
    signature: null,
    ocspStapled: null,
    http2: null,
    plain,
    incomplete: null,
  };
}
