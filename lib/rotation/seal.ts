import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { TerminalError } from '../errors.ts';

/** The smallest RSA key that an envelope is worth. */
const rsaBitsMin = 2048;

/** The certificate or public key of an owner, checked. Throws TerminalError, never with the text itself. */
export interface Recipient {
  /** `SHA256:…` of the public key, as people compare it. */
  fingerprint: string;
  pem: string;
}

export function recipientOf(pem: string): Recipient {
  if (/PRIVATE KEY/.test(pem))
    throw new TerminalError('an envelope needs the public half: this is a private key');
  const key = publicKeyIn(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < rsaBitsMin) {
    const what = key.asymmetricKeyType === 'rsa' ? `RSA with ${bits} bits` : String(key.asymmetricKeyType);
    throw new TerminalError(`an envelope needs an RSA key of at least ${rsaBitsMin} bits, not ${what}`);
  }
  const hash = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  return { fingerprint: `SHA256:${hash.replace(/=+$/, '')}`, pem };
}

function publicKeyIn(pem: string) {
  try {
    return isCertificate(pem) ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  } catch {
    throw new TerminalError('expected a certificate or an RSA public key as PEM');
  }
}

const utf8: number = forge.asn1.Type.UTF8;
const isCertificate = (pem: string) => pem.includes('BEGIN CERTIFICATE');

/** CMS EnvelopedData as PEM (AES-256-CBC, RSA): `openssl cms -decrypt -inform PEM -inkey key.pem` opens it. */
export function seal(text: string, { pem, fingerprint }: Recipient): string {
  const envelope = forge.pkcs7.createEnvelopedData();
  envelope.addRecipient(isCertificate(pem) ? certificateIn(pem) : asCertificate(pem, fingerprint));
  envelope.content = forge.util.createBuffer(text, 'utf8');
  envelope.encrypt();
  const body = forge.asn1.toDer(envelope.toAsn1()).getBytes();
  return forge.pem.encode({ type: 'CMS', body }).replaceAll('\r\n', '\n');
}

/** node-forge reads a name's UTF-8 as bytes and would encode it once more: then it is nobody's name. */
function certificateIn(pem: string): forge.pki.Certificate {
  const certificate = forge.pki.certificateFromPem(pem);
  for (const attribute of certificate.issuer.attributes) {
    const { value, valueTagClass } = attribute;
    if (valueTagClass === utf8 && typeof value === 'string') attribute.value = forge.util.decodeUtf8(value);
  }
  return certificate;
}

/** CMS names recipients by their certificate: a bare key gets one of its own name, which nobody signs. */
function asCertificate(pem: string, fingerprint: string): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
  certificate.publicKey = forge.pki.publicKeyFromPem(spki);
  certificate.serialNumber = '01';
  certificate.setIssuer([{ name: 'commonName', value: fingerprint }]);
  return certificate;
}
