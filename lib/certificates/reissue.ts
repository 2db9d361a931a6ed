import {
  createHash,
  createPrivateKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';
import { TerminalError } from '../errors.ts';
import { Secret } from '../rotation/secret.ts';
import {
  asn1,
  bufferOf,
  bytesOf,
  childrenOf,
  type Node,
  oid,
  oidOf,
  primitive,
  read,
  sequence,
  tagged,
  taggedIn,
  time,
} from './der.ts';

/**
 * A certificate made anew by the authority that made it: subject, names and usages byte for byte the same, a new key of
 * the same sort and size, another serial and another end (RFC 5280). Errors never hold key material.
 */

const makeKeys = promisify(generateKeyPair);

/** A certificate authority of our own. `certificate`: PEM, its parents may follow; `key` is asked for when one is made. */
export interface InternalCa {
  certificate: string;
  key(): Promise<string>;
}

export interface Reissued {
  /** PEM */
  certificate: string;
  /** The field `privateKey` holds it as PEM, PKCS#8. */
  key: Secret;
}

const oids = {
  subjectKey: '2.5.29.14',
  authorityKey: '2.5.29.35',
  /** Promises of logs about the certificate before. */
  timestamps: '1.3.6.1.4.1.11129.2.4.2',
  rsaWithSha256: '1.2.840.113549.1.1.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
};

const curves: { readonly [sort: string]: string } = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/** Until when this authority can make another in the place of this one; null where it did not make it, or cannot. */
export function reissuableUntil(pem: string, ca: string): string | null {
  const [old, authority] = [new X509Certificate(pem), new X509Certificate(ca)];
  if (!authority.ca || !old.checkIssued(authority) || !old.verify(authority.publicKey)) return null;
  if (old.ca || keyOptionsOf(old.publicKey) === null || signatureOf(authority.publicKey) === null)
    return null;
  return endOf(ca).toISOString();
}

/** Clocks of clients may be a little behind. */
const earlierMs = 5 * 60_000;

/** From when on a new one is valid: now, or earlier where it would otherwise not last as long as the old one did. */
export function beginOf(old: { begin: number; end: number }, notAfter: number, now: Date): Date {
  return new Date(Math.min(now.getTime() - earlierMs, notAfter - (old.end - old.begin)));
}

export const startOf = (pem: string) => new Date(new X509Certificate(pem).validFrom);
export const endOf = (pem: string) => new Date(new X509Certificate(pem).validTo);

/** Why this PEM is no authority that can make certificates; null where it is one. */
export function whyNoAuthority(pem: string): string | null {
  if (/PRIVATE KEY/.test(pem)) return 'it holds a private key, which belongs into a secret';
  try {
    const { ca, publicKey } = new X509Certificate(pem);
    if (!ca) return 'it is a certificate, but of no authority';
    return signatureOf(publicKey) === null ? 'its key is neither RSA nor of a curve' : null;
  } catch {
    // Any error here means the same: this is no certificate.
    return 'expected a certificate as PEM';
  }
}

interface Wanted {
  old: string;
  ca: string;
  caKey: string;
  notBefore: Date;
  notAfter: Date;
}

/** Throws TerminalError where the key is not the authority's, or sorts of keys are not known. */
export async function reissue({ old, ca, caKey, notBefore, notAfter }: Wanted): Promise<Reissued> {
  const authority = new X509Certificate(ca);
  const signer = privateKeyOf(caKey, authority);
  const algorithm = signatureOf(authority.publicKey);
  const options = keyOptionsOf(new X509Certificate(old).publicKey);
  if (algorithm === null || options === null)
    throw new TerminalError('a certificate with a key of this sort cannot be made here');
  const pair = await makePair(options);
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const tbs = sequence(
    // Version 3: that number counts from nought.
    tagged(0, [primitive(asn1.Type.INTEGER, '\x02')]),
    primitive(asn1.Type.INTEGER, serial()),
    algorithm(),
    partsOf(ca).subject,
    sequence(time(notBefore), time(notAfter)),
    partsOf(old).subject,
    read(spki),
    tagged(3, [sequence(...extensions(old, ca, spki))]),
  );
  const signature = sign('sha256', bufferOf(tbs), signer).toString('latin1');
  const whole = sequence(tbs, algorithm(), primitive(asn1.Type.BITSTRING, `\0${signature}`));
  const made = new X509Certificate(bufferOf(whole));
  if (!made.verify(authority.publicKey))
    throw new TerminalError('the new certificate does not bear the signature of its authority');
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certificate: made.toString(), key: new Secret({ privateKey }) };
}

/** Throws where it is not the other half of the certificate. */
function privateKeyOf(pem: string, authority: X509Certificate): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // What OpenSSL says of it must not get out with parts of it.
    throw new TerminalError(
      'the key of the internal authority cannot be read: expected a PEM without passphrase',
    );
  }
  if (!authority.checkPrivateKey(key))
    throw new TerminalError('the key of the internal authority does not belong to its certificate');
  return key;
}

type KeyOptions = { sort: 'rsa'; bits: number } | { sort: 'ec'; curve: string };

/** The sort and size of a key that is worth making again; ACM takes no other in place of one that is in use. */
function keyOptionsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyOptions | null {
  const { modulusLength: bits = 0, namedCurve = '' } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'rsa') return bits >= 2048 ? { sort: 'rsa', bits } : null;
  const curve = asymmetricKeyType === 'ec' ? curves[namedCurve] : undefined;
  return curve === undefined ? null : { sort: 'ec', curve };
}

function makePair(options: KeyOptions) {
  return options.sort === 'rsa'
    ? makeKeys('rsa', { modulusLength: options.bits })
    : makeKeys('ec', { namedCurve: options.curve });
}

/** AlgorithmIdentifier of what this key signs with SHA-256; a new one at each call, as node-forge's trees are mutable. */
function signatureOf({ asymmetricKeyType }: KeyObject): (() => Node) | null {
  if (asymmetricKeyType === 'rsa')
    return () => sequence(oid(oids.rsaWithSha256), primitive(asn1.Type.NULL, ''));
  if (asymmetricKeyType === 'ec') return () => sequence(oid(oids.ecdsaWithSha256));
  return null;
}

/** The fields of a certificate that are taken over as they stand. */
function partsOf(pem: string): { subject: Node; extensions: Node[] } {
  const whole = read(new X509Certificate(pem).raw);
  const fields = childrenOf(childrenOf(whole)[0]);
  // The version may be left out, and is the only field before the serial that has a tag of its own.
  const subject = fields[taggedIn(fields, 0) === null ? 4 : 5];
  if (subject === undefined) throw new TerminalError('the certificate cannot be read');
  return { subject, extensions: childrenOf(childrenOf(taggedIn(fields, 3))[0]) };
}

/** The old ones, but for those that name keys: these name the new one and the authority's. */
function extensions(old: string, ca: string, spki: Buffer): Node[] {
  const named = new Set([oids.subjectKey, oids.authorityKey, oids.timestamps]);
  const kept = partsOf(old).extensions.filter((one) => !named.has(oidOf(one)));
  const own = primitive(asn1.Type.OCTETSTRING, keyId(read(spki)));
  const made = [extension(oids.subjectKey, own)];
  const known = partsOf(ca).extensions.find((one) => oidOf(one) === oids.subjectKey);
  const id = known && asn1.fromDer(bytesOf(childrenOf(known).at(-1))).value;
  if (typeof id === 'string') made.push(extension(oids.authorityKey, sequence(tagged(0, id))));
  return [...kept, ...made];
}

function extension(name: string, value: Node): Node {
  return sequence(oid(name), primitive(asn1.Type.OCTETSTRING, asn1.toDer(value).getBytes()));
}

/** RFC 5280, 4.2.1.2, method 1: SHA-1 of the key's bits, as a name and no proof. */
function keyId(spki: Node): string {
  const bits = bytesOf(childrenOf(spki)[1]).slice(1);
  return createHash('sha1').update(Buffer.from(bits, 'latin1')).digest().toString('latin1');
}

/** Positive, and of 127 random bits. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('latin1');
}
