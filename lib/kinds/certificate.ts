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
  /** The one that is there; none where the cloud renews it. */
  certificates: HeldCertificate[];
}

/** Whatever is wrong with a certificate, another takes its place: there is nothing to change about it. */
export function describeCertificateChange(change: Change): string {
  return `${change.op} ${change.part}`;
}
