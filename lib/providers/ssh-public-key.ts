import type { CredentialState } from '../kinds/credential.ts';

/** The algorithm and size of an SSH public key as OpenSSH writes it; null for what is none. RFC 4253, section 6.6. */
export function publicKeyOf(line: string): NonNullable<CredentialState['publicKey']> | null {
  const [, text = ''] = /(?:^|\s)(?:ssh|ecdsa|sk)-\S+ ([A-Za-z0-9+/=]+)/.exec(line) ?? [];
  const fields = fieldsOf(Buffer.from(text, 'base64'));
  const algorithm = fields[0]?.toString('latin1') ?? '';
  if (!/^[\w@.-]{1,64}$/.test(algorithm)) return null;
  // An RSA key is its exponent, then its modulus.
  const modulus = algorithm === 'ssh-rsa' ? fields[2] : undefined;
  return { algorithm, bits: modulus === undefined ? null : bitsOf(modulus) };
}

/** Each with its length in four bytes before it. */
function fieldsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length && fields.length < 8; ) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) break;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function bitsOf(number: Buffer): number {
  const first = number.findIndex((byte) => byte !== 0);
  if (first < 0) return 0;
  return (number.length - first) * 8 - (Math.clz32(number[first] ?? 0) - 24);
}
