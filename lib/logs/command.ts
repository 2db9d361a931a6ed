import type { Readable } from 'node:stream';
import { inTimeOrder } from './inputs.ts';
import { Networks } from './networks.ts';
import { whyNeverBlocked } from './never-block.ts';
import { byWeight, type DetectorFacts, judge, type OffenderLine } from './offender-line.ts';
import { openFile, readLines } from './source.ts';
import { table, Unreadable } from './told.ts';
import type { Offender } from './watch.ts';

/** Where a command reads and writes; the process's own streams in earnest. */
export interface CommandIo {
  stdin: Readable;
  out(line: string): void;
  err(line: string): void;
}

export interface LogOptions {
  json: boolean;
  now: Date;
}

/** What the policy file says about addresses. */
export interface AddressPolicy {
  trusted: readonly string[];
  proxies: readonly string[];
  neverBlock: readonly string[];
}

/** One loop's reading of its logs: `see` answers false for a line that is not readable. */
export interface LineAnalysis {
  facts: ReadonlyMap<string, DetectorFacts>;
  see(line: string): boolean;
  /** A line's time, or NaN; used to put files in order. */
  timeOf(line: string): number;
  offenders(): Offender[];
  /** `1200 requests of 30 clients`. */
  summary(): string;
}

export interface Reading {
  lines: OffenderLine[];
  unreadable: Unreadable;
}

/** Reads every file (or `-`), and judges who was found. */
export async function readLogs(
  paths: readonly string[],
  analysis: LineAnalysis,
  options: LogOptions,
  policy: AddressPolicy,
  blockedBefore: (client: string) => number,
  io: CommandIo,
): Promise<Reading> {
  const unreadable = new Unreadable();
  const sink = {
    line: (text: string) => {
      if (!analysis.see(text)) unreadable.line(text);
    },
    tooLong: (head: string) => unreadable.tooLong(head),
  };
  for (const path of await inTimeOrder(paths, (line) => analysis.timeOf(line))) {
    const { error } = await readLines(path === '-' ? io.stdin : openFile(path), sink);
    if (error) unreadable.file(path, error);
  }
  const never = {
    trusted: new Networks(policy.trusted),
    proxies: new Networks(policy.proxies),
    own: new Networks(policy.neverBlock),
  };
  const judged = analysis.offenders().map((offender) =>
    judge(offender, {
      nowMs: options.now.getTime(),
      detectors: analysis.facts,
      whyNeverBlocked: (client) => whyNeverBlocked(client, never),
      blockedBefore,
    }),
  );
  return { lines: judged.sort(byWeight).map((one) => one.line), unreadable };
}

/** Prints offenders (a JSON line each, or a table) and, to the side, what was read. */
export function printReading(
  { lines, unreadable }: Reading,
  analysis: LineAnalysis,
  { json }: LogOptions,
  io: CommandIo,
): void {
  if (json) for (const line of lines) io.out(JSON.stringify(line));
  else if (lines.length > 0) io.out(asTable(lines));
  const toBlock = lines.filter((line) => line.until !== null).length;
  io.err(`${analysis.summary()}: ${lines.length} offenders, ${toBlock} to block`);
  for (const sentence of unreadable.told()) io.err(sentence);
}

function asTable(lines: readonly OffenderLine[]): string {
  const rows = lines.map((line) => [
    line.client,
    String(line.requests),
    line.detectors.join(','),
    line.lastSeen,
    line.until ?? 'told',
    line.why,
  ]);
  return table([['client', 'requests', 'detectors', 'last seen', 'until', 'why'], ...rows]);
}
