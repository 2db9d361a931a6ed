import * as z from 'zod';
import type { CertificateFacts, EndpointState } from '../kinds/endpoint.ts';
import type { Exposure, Finding, Severity } from '../model.ts';
import { control, type Settings } from './control.ts';
import { wellKept } from './endpoint-example.ts';
import { findingOf, noChanges, reachOf, toldOnly } from './endpoint-exposures.ts';

const dayMs = 86_400_000;

const Options = z.strictObject({
  /** Told when fewer days than this are left. */
  days: z.int().min(1).max(365).default(21),
});

export interface Fault {
  severity: Severity;
  text: string;
}

function check(state: EndpointState, { now, options }: Settings<z.infer<typeof Options>>): Finding | null {
  const exposures = state.certificates.flatMap((facts): Exposure[] => {
    const faults = [...dateFaults(facts, now, options.days), ...chainFaults(facts, state)];
    if (faults.length === 0) return [];
    const text = faults.map((one) => one.text).join('; ');
    const severity = faults[0]?.severity ?? 'low';
    const what = `${facts.id}: the certificate ${facts.subject} ${text}`;
    return [{ part: 'certificates', id: facts.id, what, to: reachOf(state), severity, tell: toldOnly }];
  });
  return findingOf(exposures, state);
}

export function dateFaults(
  { notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>,
  now: Date,
  days: number,
): Fault[] {
  const leftMs = Date.parse(notAfter) - now.getTime();
  if (Number.isNaN(leftMs)) return [{ severity: 'high', text: `has an end that cannot be read` }];
  if (leftMs <= 0) return [{ severity: 'high', text: `expired on ${notAfter.slice(0, 10)}` }];
  if (Date.parse(notBefore) > now.getTime())
    return [{ severity: 'high', text: `is not valid before ${notBefore.slice(0, 10)}` }];
  // The day of the end, not the days left: the sentence of a case must not change every day.
  if (leftMs < days * dayMs)
    return [
      { severity: leftMs < 7 * dayMs ? 'high' : 'medium', text: `expires on ${notAfter.slice(0, 10)}` },
    ];
  return [];
}

/** Inside, certificates of an own authority are usual, and bare addresses are in none. */
function chainFaults({ trustError, coversName }: CertificateFacts, state: EndpointState): Fault[] {
  const faults: Fault[] = [];
  if (coversName === false) faults.push({ severity: 'high', text: `does not cover ${state.name}` });
  const isDate = trustError === 'CERT_HAS_EXPIRED' || trustError === 'CERT_NOT_YET_VALID';
  if (state.isGlobal && trustError !== null && !isDate)
    faults.push({ severity: 'medium', text: `leads to no trusted root (${trustError})` });
  return faults;
}

const [certificate] = wellKept.certificates as [CertificateFacts];

export const expiringCertificate = control({
  name: 'expiring-certificate',
  kind: 'endpoint',
  title: 'A certificate that has ended or soon will, is for another name, or leads to no trusted root',
  remedy: 'tells which and when; only who runs the service can change it',
  defaultMode: 'tell',
  options: Options,
  check,
  fix: noChanges,
  examples: {
    bad: { ...wellKept, certificates: [{ ...certificate, notAfter: '2026-11-28T00:00:00.000Z' }] },
    good: wellKept,
  },
});
