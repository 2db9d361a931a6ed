import * as z from 'zod';
import type { CertificateState, HeldCertificate } from '../kinds/certificate.ts';
import type { Exposure } from '../model.ts';
import { nameFaults } from './certificate-names.ts';
import { control } from './control.ts';
import { dateFaults } from './expiring-certificate.ts';
import { findingOf, goodCertificate as good, importedOnly } from './held-certificate.ts';

const dayMs = 86_400_000;

const Options = z.strictObject({
  /** Told when fewer days than this are left. */
  days: z.int().min(1).max(365).default(21),
});

const ending = '2026-11-28T00:00:00.000Z';
const [held] = good.certificates as [HeldCertificate];

/**
 * When a new one would end that begins as this one is told, and lasts as long; or as many lifetimes as it takes. Counted from
 * the old end, so that an approval given later fits the same plan; never behind the end of its authority. Null where that
 * would not help.
 */
export function newEndOf({ certificates, renewableUntil }: CertificateState, now: Date, days: number) {
  const [one] = certificates;
  if (one === undefined || renewableUntil === null) return null;
  const [begin, end] = [Date.parse(one.notBefore), Date.parse(one.notAfter)];
  if (Number.isNaN(begin) || Number.isNaN(end) || end <= begin) return null;
  const [told, neededMs] = [end - days * dayMs, now.getTime() + days * dayMs];
  const leastMs = Math.max(neededMs, end + 1);
  const lifetimes = Math.max(1, Math.ceil((leastMs - told) / (end - begin)));
  const wanted = Math.min(told + lifetimes * (end - begin), Date.parse(renewableUntil));
  return wanted < leastMs ? null : new Date(wanted).toISOString();
}

/** What is mended is named as it stands in the state, which is its end. */
const asSetting = (one: Exposure): Exposure => ({ ...one, part: 'settings', id: 'notAfter' });

/** Null where a renewal mends it. */
function whyOnlyTold(state: CertificateState, now: Date, days: number): string | null {
  if (state.renewableUntil === null) return importedOnly;
  if (newEndOf(state, now, days) === null)
    return `its authority itself ends on ${state.renewableUntil.slice(0, 10)}: renew that first`;
  return null;
}

export const expiringHeldCertificate = control({
  name: 'expiring-certificate',
  kind: 'certificate',
  title:
    'A certificate that was imported has ended or soon will, or is for other names than it is served for',
  remedy:
    'renews one of the internal authority that the policy file names, over the same ARN; tells of the others',
  defaultMode: 'fix',
  cannotUndo: 'ACM shows nobody the private key of the certificate before, so it cannot be put back',
  options: Options,
  check(state, { now, options: { days } }) {
    const { notAfter } = state.settings;
    // What is renewed has the names that it had.
    const wrongNames = findingOf(state, (one) => nameFaults(one, state));
    const tell = whyOnlyTold(state, now, days);
    const ends = findingOf(state, ({ notBefore }) => dateFaults({ notBefore, notAfter }, now, days), tell);
    if (ends === null) return wrongNames;
    const found = tell === null ? ends.exposures.map(asSetting) : ends.exposures;
    if (wrongNames === null) return { ...ends, exposures: found };
    return {
      severity: ends.severity,
      why: `${ends.why} ${wrongNames.why}`,
      exposures: [...found, ...wrongNames.exposures],
    };
  },
  fix(state, exposures, { now, options: { days } }) {
    const to = newEndOf(state, now, days);
    if (to === null || exposures.length === 0) return [];
    return [{ op: 'set', part: 'settings', id: 'notAfter', from: state.settings.notAfter, to }];
  },
  examples: {
    bad: {
      ...good,
      certificates: [{ ...held, notAfter: ending }],
      renewableUntil: '2036-01-01T00:00:00.000Z',
      settings: { notAfter: ending },
    },
    good,
  },
});
