import * as z from 'zod';
import type { EndpointState, TlsFacts } from '../kinds/endpoint.ts';
import type { Exposure, Finding } from '../model.ts';
import { worst } from '../model.ts';
import { gradeOf, levels, reasonsAgainst } from '../scan/tls/grade.ts';
import { control, type Settings } from './control.ts';
import { wellKept } from './endpoint-example.ts';
import { findingOf, noChanges, reachOf, toldOnly } from './endpoint-exposures.ts';

const Options = z.strictObject({ level: z.enum(levels).default('intermediate') });

function check(state: EndpointState, { options }: Settings<z.infer<typeof Options>>): Finding | null {
  const exposures = state.tls.flatMap((facts): Exposure[] => {
    const about = { part: 'tls', id: facts.id, to: reachOf(state), tell: toldOnly };
    const plain: Exposure[] =
      facts.plain === null ? [] : [{ ...about, what: `${facts.id}: ${facts.plain}`, severity: 'high' }];
    const reasons = reasonsAgainst(options.level, facts);
    if (reasons.length === 0) return plain;
    const what = `${facts.id}${startTlsOf(facts)} ${gradeText(facts, options.level)}: ${reasons.map((one) => one.text).join('; ')}`;
    return [...plain, { ...about, what, severity: worst(reasons.map((one) => one.severity)) }];
  });
  return findingOf(exposures, state);
}

function startTlsOf({ startTls }: TlsFacts): string {
  return startTls === null ? '' : ` (${startTls} with STARTTLS)`;
}

function gradeText(facts: TlsFacts, wanted: string): string {
  const grade = gradeOf(facts);
  const is = grade === null ? 'keeps no level' : `keeps only the level ${grade}`;
  return `${is} of Mozilla's guideline, wanted is ${wanted}`;
}

const [https] = wellKept.tls as [TlsFacts];

export const weakTls = control({
  name: 'weak-tls',
  kind: 'endpoint',
  title: 'TLS below the wanted level of Mozilla’s guideline, or no TLS where passwords travel',
  remedy: 'tells the reasons; only who runs the service can change them',
  defaultMode: 'tell',
  options: Options,
  check,
  fix: noChanges,
  examples: {
    bad: {
      ...wellKept,
      tls: [
        {
          ...https,
          versions: ['TLSv1.0', ...https.versions],
          suites: [...https.suites, { version: 'TLSv1.0', code: '0x0005', name: 'TLS_RSA_WITH_RC4_128_SHA' }],
        },
      ],
    },
    good: wellKept,
  },
});
