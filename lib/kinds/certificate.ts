import type { Change } from '../model.ts';

/** A certificate with the key that it is for. Times in ISO 8601. */
export type HeldCertificate = {
  id: string;
  subject: string;
  issuer: string;
  names: string[];
  notBefore: string;
  notAfter: string;
  serial: string;
  /** `rsa`, or a curve; null for a sort that is not known. */
  keyType: string | null;
  keyBits: number | null;
  /** `sha256WithRSAEncryption` */
  signature: string | null;
};

/** What a cloud keeps for its load balancers and gateways, and does not renew by itself. */
export interface CertificateState {
  kind: 'certificate';
  name: string;
  tags: { [key: string]: string };
  service: 'acm' | 'iam';
  /** ARNs of what serves it, as far as the service says. */
  usedBy: string[];
  /** Names that clients ask for where it is the only certificate. */
  servedNames: string[];
  /** The one that is there; none where the cloud renews it. */
  certificates: HeldCertificate[];
  /** The end of the internal authority that made it, where another can be made and put in its place; null elsewhere. */
  renewableUntil: string | null;
  /** When it ends, as in `certificates`: another end is another certificate with another key. */
  settings: { notAfter: string };
}

export function describeCertificateChange(change: Change): string {
  if (change.op !== 'set') return `${change.op} ${change.part}`;
  return `renew the certificate with a new key until ${String(change.to).slice(0, 10)}`;
}
