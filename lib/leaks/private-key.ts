import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { blobOf, keyInBlob } from './ssh-blob.ts';

/** A private key, known by its fingerprints alone. Nothing here keeps or returns the secret. */
export interface PrivateKeyFacts {
  /** `openssh`, `pem`. */
  format: 'openssh' | 'pem';
  type: string | null;
  bits: number | null;
  isEncrypted: boolean;
  /** As `ssh-keygen -l` writes it; null where the key is encrypted and hides its public half, too. */
  sha256: string | null;
  /** All that clouds may call this key: EC2 and Nova hash different halves in different ways. */
  fingerprints: string[];
}

const bodyMax = 64 * 1024;

/** The facts of the text between BEGIN and END; null where it is no private key. */
export function readPrivateKey(label: string, body: string): PrivateKeyFacts | null {
  if (body.length > bodyMax) return null;
  // In JSON and in environment variables the line breaks are written out.
  const lines = body
    .split(/\\r|\\n|[\r\n]/)
    .map((line) => line.replace(/^[\s"'>|]+|(?<![\s"',\\])[\s"',\\]+$/g, ''));
  const isEncrypted =
    label.startsWith('ENCRYPTED') || lines.some((line) => /^Proc-Type:.*ENCRYPTED/.test(line));
  const base64 = lines.filter((line) => !line.includes(':')).join('');
  if (base64.length < 40 || !/^[A-Za-z0-9+/]+=*$/.test(base64)) return null;
  const der = Buffer.from(base64, 'base64');
  if (label.startsWith('OPENSSH')) return readOpenSsh(der);
  if (isEncrypted)
    return { format: 'pem', type: null, bits: null, isEncrypted, sha256: null, fingerprints: [] };
  const wrapped = base64.match(/.{1,64}/g)?.join('\n');
  const key = opened(`-----BEGIN ${label}-----\n${wrapped}\n-----END ${label}-----\n`);
  return key && factsOf('pem', createPublicKey(key), key);
}

function opened(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    // Any error here means the same: the text between the lines is no key.
    return null;
  }
}

const magic = 'openssh-key-v1\0';

/** The public half stands in front, also of an encrypted key. https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key */
function readOpenSsh(bytes: Buffer): PrivateKeyFacts | null {
  if (!bytes.subarray(0, magic.length).equals(Buffer.from(magic))) return null;
  let at = magic.length;
  const next = (): Buffer | null => {
    if (at + 4 > bytes.length) return null;
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) return null;
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  const cipher = next()?.toString('latin1');
  next();
  next();
  // How many keys; more than one was never written by anybody.
  at += 4;
  const blob = next();
  const key = blob && keyInBlob(blob);
  if (!key) return null;
  return { ...factsOf('openssh', key, null), isEncrypted: cipher !== 'none' };
}

function factsOf(format: 'openssh' | 'pem', key: KeyObject, secret: KeyObject | null): PrivateKeyFacts {
  const blob = blobOf(key);
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const bits = modulusLength ?? (Number(/\d{3}/.exec(namedCurve ?? '')?.[0] ?? 0) || null);
  const sha256 = blob && `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  const hashes = [
    blob && colons(createHash('md5').update(blob).digest('hex')),
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html: imported, and made by EC2.
    colons(
      createHash('md5')
        .update(key.export({ type: 'spki', format: 'der' }))
        .digest('hex'),
    ),
    secret &&
      colons(
        createHash('sha1')
          .update(secret.export({ type: 'pkcs8', format: 'der' }))
          .digest('hex'),
      ),
  ];
  const fingerprints = [sha256, ...hashes].filter((one) => one !== null);
  return { format, type: key.asymmetricKeyType ?? null, bits, isEncrypted: false, sha256, fingerprints };
}

/** Of a public key as OpenSSH writes it, `ssh-ed25519 AAAA…`; null where it is none. */
export function fingerprintOf(publicKey: string): string | null {
  const blob = publicKey.split(/\s+/)[1];
  if (!blob) return null;
  const hash = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
}

const colons = (hex: string) => hex.replace(/..(?=.)/g, '$&:');

/** Clouds write the same hash with and without its name and its padding. */
export function bareFingerprint(text: string): string {
  return text.replace(/^(SHA256|MD5):/i, '').replace(/(?<!=)=+$/, '');
}
