import { createPublicKey, type KeyObject } from 'node:crypto';

/** A public key as SSH writes it: lengths and values, one behind the other (RFC 4253, 5656, 8709). */

const curves: { [name: string]: { ssh: string; coordinateBytes: number } } = {
  'P-256': { ssh: 'nistp256', coordinateBytes: 32 },
  'P-384': { ssh: 'nistp384', coordinateBytes: 48 },
  'P-521': { ssh: 'nistp521', coordinateBytes: 66 },
};

/** Null for a sort of key that SSH does not know. */
export function blobOf(key: KeyObject): Buffer | null {
  const { kty, crv = '', n = '', e = '', x = '', y = '' } = key.export({ format: 'jwk' });
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  if (kty === 'RSA') return strings('ssh-rsa', positive(bytes(e)), positive(bytes(n)));
  if (kty === 'OKP' && crv === 'Ed25519') return strings('ssh-ed25519', bytes(x));
  const curve = curves[crv];
  if (kty !== 'EC' || curve === undefined) return null;
  const point = Buffer.concat([Buffer.of(4), bytes(x), bytes(y)]);
  return strings(`ecdsa-sha2-${curve.ssh}`, curve.ssh, point);
}

/** The key in such bytes; null where they hold none that OpenSSL knows. */
export function keyInBlob(blob: Buffer): KeyObject | null {
  const [type, first, second] = stringsIn(blob) ?? [];
  if (type === undefined || first === undefined) return null;
  const jwk = jwkOf(type.toString('latin1'), first, second);
  try {
    return jwk && createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // Any error here means the same: these bytes came from outside and are no key.
    return null;
  }
}

function jwkOf(type: string, first: Buffer, second: Buffer | undefined) {
  const text = (bytes: Buffer) => bytes.toString('base64url');
  if (type === 'ssh-ed25519') return { kty: 'OKP', crv: 'Ed25519', x: text(first) };
  if (second === undefined) return null;
  if (type === 'ssh-rsa') return { kty: 'RSA', e: text(first), n: text(second) };
  const found = Object.entries(curves).find(([, { ssh }]) => type === `ecdsa-sha2-${ssh}`);
  if (found === undefined) return null;
  const [crv, { coordinateBytes }] = found;
  const x = second.subarray(1, 1 + coordinateBytes);
  return { kty: 'EC', crv, x: text(x), y: text(second.subarray(1 + coordinateBytes)) };
}

/** Null where the lengths do not fit. */
export function stringsIn(bytes: Buffer, from = 0): Buffer[] | null {
  const found: Buffer[] = [];
  for (let at = from; at < bytes.length; ) {
    if (at + 4 > bytes.length) return null;
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) return null;
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

function strings(...all: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    all.flatMap((one) => {
      const bytes = Buffer.from(one);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** SSH's integers have a sign. */
function positive(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}
