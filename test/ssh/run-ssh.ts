import { logLines } from '../../lib/ssh/command.ts';
import { SshLoop } from '../../lib/ssh/policy.ts';

export interface Guesser {
  client: string;
  failures: number;
  blocks: boolean;
}

/** Everybody with a failed attempt in these lines: the limit is none at all. */
export function guessers(lines: readonly string[], now = '2026-11-24T12:00:00Z'): Guesser[] {
  const analysis = logLines(SshLoop.parse({ detectors: { guess: { failures: 0 } } }), Date.parse(now));
  for (const line of lines) if (line !== '' && !analysis.see(line)) throw new Error(`not readable: ${line}`);
  analysis.end();
  return analysis.offenders().map(({ client, requests, offences }) => ({
    client,
    failures: requests,
    blocks: offences.every(({ detector }) => analysis.facts.get(detector)?.tellsOnly === false),
  }));
}
