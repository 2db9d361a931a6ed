import * as z from 'zod';
import type { HeldCertificate } from '../kinds/certificate.ts';
import { control } from './control.ts';
import type { Fault } from './expiring-certificate.ts';
import { findingOf, goodCertificate as good } from './held-certificate.ts';

const [held] = good.certificates as [HeldCertificate];

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
