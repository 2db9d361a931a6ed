import * as z from 'zod';
import type { EndpointState, HttpFacts } from '../kinds/endpoint.ts';
import type { Exposure, Finding, Severity } from '../model.ts';
import { yearSeconds } from '../scan/http/score.ts';
import { control, type Settings } from './control.ts';
import { wellKept } from './endpoint-example.ts';
import { findingOf, noChanges, reachOf, toldOnly } from './endpoint-exposures.ts';

const Options = z.strictObject({
  /** How long browsers must remember that this is HTTPS only. */
  hstsSeconds: z.int().min(0).default(yearSeconds),
});

function check(state: EndpointState, { options }: Settings<z.infer<typeof Options>>): Finding | null {
  const exposures = state.http.flatMap((facts): Exposure[] => {
    const faults = faultsOf(facts, state, options.hstsSeconds);
    if (faults.length === 0) return [];
    const version = facts.banner === null ? '' : `; it names its software (${facts.banner})`;
    const what = `${facts.id} scores ${facts.score} (${facts.grade}) as Mozilla's Observatory counts: ${faults.join(', ')}${version}`;
    return [
      { part: 'http', id: facts.id, what, to: reachOf(state), severity: severityOf(facts), tell: toldOnly },
    ];
  });
  return findingOf(exposures, state);
}

function faultsOf(facts: HttpFacts, state: EndpointState, hstsSeconds: number): string[] {
  const isAlone =
    facts.scheme === 'http' && !state.isGlobal && state.http.every((one) => one.scheme === 'http');
  // Where there is no HTTPS to go to, inside our own network, nobody can be sent there.
  const isExcused = (test: string) =>
    facts.scheme === 'http' && (test === 'strict-transport-security' || (isAlone && test === 'redirection'));
  const lost = facts.points.filter((one) => one.points < 0);
  const isShort = facts.hstsSeconds !== null && facts.hstsSeconds < hstsSeconds;
  if (!isShort && lost.every((one) => isExcused(one.test))) return [];
  // All of them, so that the reader can add up the score.
  const faults = lost.map((one) => `${one.text} (${one.points})`);
  if (isShort)
    faults.push(`Strict-Transport-Security for ${facts.hstsSeconds} s, wanted are ${hstsSeconds} s`);
  return faults;
}

function severityOf({ points, score }: HttpFacts): Severity {
  if (points.some((one) => one.points <= -40)) return 'high';
  return score < 50 ? 'medium' : 'low';
}

const [https] = wellKept.http as [HttpFacts];

export const missingHeaders = control({
  name: 'missing-headers',
  kind: 'endpoint',
  title: 'A web page without the headers that protect its visitors, or without the way to HTTPS',
  remedy: 'tells the points lost; only who runs the service can change them',
  defaultMode: 'tell',
  options: Options,
  check,
  fix: noChanges,
  examples: {
    bad: {
      ...wellKept,
      http: [
        {
          ...https,
          score: 75,
          grade: 'B',
          points: [{ test: 'content-security-policy', points: -25, text: 'no Content-Security-Policy' }],
        },
      ],
    },
    good: wellKept,
  },
});
