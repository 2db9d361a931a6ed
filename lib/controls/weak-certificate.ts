import * as z from 'zod';
import type { CertificateState, HeldCertificate } from '../kinds/certificate.ts';
import type { Exposure } from '../model.ts';
import { worst } from '../model.ts';
import { sentence } from '../sentence.ts';
import { control } from './control.ts';
import { dateFaults, type Fault } from './expiring-certificate.ts';

const importedOnly = 'only who made it can make a better one: import it in its place';

const good: CertificateState = {
  kind: 'certificate',
  name: 'shop.example.com',
  tags: {},
  service: 'acm',
  usedBy: ['arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/1'],
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
};
const [held] = good.certificates as [HeldCertificate];

function findingOf(state: CertificateState, faultsOf: (one: HeldCertificate) => Fault[]) {
  const exposures = state.certificates.flatMap((one): Exposure[] => {
    const faults = faultsOf(one);
    if (faults.length === 0) return [];
    const severity = worst(faults.map((fault) => fault.severity));
    const what = `the certificate ${one.subject} ${faults.map((fault) => fault.text).join('; ')}`;
    const served =
      state.usedBy.length === 0 ? 'nobody: nothing serves it' : `whoever asks ${state.usedBy.join(', ')}`;
    return [{ part: 'certificates', id: one.id, what, to: served, severity, tell: importedOnly }];
  });
  if (exposures.length === 0) return null;
  const why = sentence(...exposures.map((one) => one.what.replace(/^t/, 'T')));
  return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
}

/** https://csrc.nist.gov/pubs/sp/800/131/a/r2/final: 112 bits of strength, and no SHA-1. */
function weaknesses({ keyType, keyBits, signature }: HeldCertificate): Fault[] {
  const faults: Fault[] = [];
  const isCurve = keyType !== null && !/^(rsa|rsa-pss|dsa|dh)$/.test(keyType);
  if (keyBits !== null && keyBits < (isCurve ? 224 : 2048))
    faults.push({ severity: 'high', text: `has a key of ${keyBits} bits` });
  if (keyType === 'dsa') faults.push({ severity: 'medium', text: 'has a DSA key' });
  if (signature !== null && /md[245]|sha1(?!\d)/i.test(signature))
    faults.push({ severity: 'high', text: `is signed with ${signature}` });
  return faults;
}

export const weakCertificate = control({
  name: 'weak-certificate',
  kind: 'certificate',
  title: 'A certificate that was imported has a weak key or is signed with a weak hash',
  remedy: 'tells which and what serves it; only who made it can make a better one',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check: (state) => findingOf(state, weaknesses),
  fix: () => [],
  examples: { bad: { ...good, certificates: [{ ...held, keyBits: 1024 }] }, good },
});

export const expiringHeldCertificate = control({
  name: 'expiring-certificate',
  kind: 'certificate',
  title: 'A certificate that was imported has ended or soon will',
  remedy: 'tells which and when, and what serves it',
  defaultMode: 'tell',
  options: z.strictObject({
    /** Told when fewer days than this are left. */
    days: z.int().min(1).max(365).default(21),
  }),
  check: (state, { now, options }) => findingOf(state, (one) => dateFaults(one, now, options.days)),
  fix: () => [],
  examples: { bad: { ...good, certificates: [{ ...held, notAfter: '2026-11-28T00:00:00.000Z' }] }, good },
});
