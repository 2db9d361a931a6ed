import type { CertificateState, HeldCertificate } from '../kinds/certificate.ts';
import type { Exposure, Finding } from '../model.ts';
import { worst } from '../model.ts';
import { sentence } from '../sentence.ts';
import type { Fault } from './expiring-certificate.ts';

/** What the controls on certificates that a cloud keeps have in common. */

export const goodCertificate: CertificateState = {
  kind: 'certificate',
  name: 'shop.example.com',
  tags: {},
  service: 'acm',
  usedBy: ['arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/1'],
  servedNames: ['shop.example.com'],
  certificates: [
    {
      id: 'certificate',
      subject: 'CN=shop.example.com',
      issuer: 'CN=Example CA',
      names: ['shop.example.com'],
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2027-12-31T00:00:00.000Z',
      serial: '01',
      keyType: 'rsa',
      keyBits: 2048,
      signature: 'sha256WithRSAEncryption',
    },
  ],
  renewableUntil: null,
  settings: { notAfter: '2027-12-31T00:00:00.000Z' },
};

export const importedOnly = 'only who made it can make a better one: import it in its place';

/** `tell`: why it is only told; null where it can be mended. */
export function findingOf(
  state: CertificateState,
  faultsOf: (one: HeldCertificate) => Fault[],
  tell: string | null = importedOnly,
): Finding | null {
  const exposures = state.certificates.flatMap((one): Exposure[] => {
    const faults = faultsOf(one);
    if (faults.length === 0) return [];
    const severity = worst(faults.map((fault) => fault.severity));
    const what = `the certificate ${one.subject} ${faults.map((fault) => fault.text).join('; ')}`;
    const to =
      state.usedBy.length === 0 ? 'nobody: nothing serves it' : `whoever asks ${state.usedBy.join(', ')}`;
    return [{ part: 'certificates', id: one.id, what, to, severity, ...(tell === null ? {} : { tell }) }];
  });
  if (exposures.length === 0) return null;
  const why = sentence(...exposures.map((one) => one.what.replace(/^t/, 'T')));
  return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
}
