import forge from 'node-forge';

/** The bytes of certificates as trees, read and written without a change (X.690, DER), by node-forge. */

export const { asn1 } = forge;
export type Node = forge.asn1.Asn1;

const universal = asn1.Class.UNIVERSAL;

/** Bit strings stay bytes: what is written again must be what was read. */
export function read(der: Buffer): Node {
  // @types/node-forge knows the older form of this argument only.
  const options = { strict: true, decodeBitStrings: false } as unknown as boolean;
  return asn1.fromDer(forge.util.createBuffer(der.toString('latin1'), 'raw'), options);
}

export const oid = (name: string) => primitive(asn1.Type.OID, asn1.oidToDer(name).getBytes());
export const primitive = (type: forge.asn1.Type, value: string) => asn1.create(universal, type, false, value);
export const sequence = (...of: Node[]) => asn1.create(universal, asn1.Type.SEQUENCE, true, of);

export function childrenOf(node: Node | null | undefined): Node[] {
  return Array.isArray(node?.value) ? node.value : [];
}

export const bytesOf = (node: Node | undefined) => (typeof node?.value === 'string' ? node.value : '');
export const oidOf = (node: Node) => asn1.derToOid(bytesOf(childrenOf(node)[0]));

/** RFC 5280, 4.1.2.5: two digits for the year until 2049. */
export function time(date: Date): Node {
  return date.getUTCFullYear() < 2050
    ? primitive(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : primitive(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}

/** What DER leaves to the context that it stands in: `[0]`, `[3]`. */
export function tagged(tag: number, value: Node[] | string): Node {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, Array.isArray(value), value);
}

/** Null where there is none of this tag. */
export function taggedIn(nodes: readonly Node[], tag: number): Node | null {
  return (
    nodes.find((one) => one.tagClass === asn1.Class.CONTEXT_SPECIFIC && Number(one.type) === tag) ?? null
  );
}

export function bufferOf(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}
