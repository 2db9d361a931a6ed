import type { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { BlockMemory } from './block-memory.ts';
import { type Blocking, blockOffenders } from './blocking.ts';
import type { CrawlersAmong } from './crawlers.ts';
import { inTimeOrder } from './inputs.ts';
import { type AddressPolicy, guardOf, judgeAll, type LineAnalysis } from './judging.ts';
import type { Judged, OffenderLine } from './offender-line.ts';
import { Served } from './served.ts';
import { openFile, readLines } from './source.ts';
import { table, Unreadable } from './told.ts';
import type { WatchOptions } from './watch.ts';

/** Where a command reads and writes; the process's own streams in earnest. */
export interface CommandIo {
  stdin: Readable;
  out(line: string): void;
  err(line: string): void;
  /** For lists that are published on the web. */
  fetchText?(url: string): Promise<string>;
}

export interface LogOptions {
  json: boolean;
  now: Date;
  /** `waf` or `ssh`. */
  loop: string;
  /** How many threads read; left out or 1, this one does. */
  workers?: number | undefined;
  /** Where to block; left out, nothing is written and nothing remembered. */
  blocking?: Blocking | undefined;
  /** Which of these clients are crawlers that prove it; asked only before somebody is blocked. */
  crawlersAmong?: CrawlersAmong | undefined;
}

export interface Reading {
  judged: Judged[];
  unreadable: Unreadable;
}

/** As long as AWS gathers a log object. */
const overlapMs = 5 * 60_000;

/** One run of `waf` or `ssh`: read, judge, print, and block where asked. Answers the exit status. */
export async function runLogs(
  paths: readonly string[],
  makeAnalysis: (options: Pick<WatchOptions, 'served' | 'lateMs'>) => LineAnalysis,
  options: LogOptions,
  policy: AddressPolicy,
  io: CommandIo,
): Promise<number> {
  // Lines die young: a young generation that never grows keeps a million clients within 250 MB.
  setFlagsFromString('--semi-space-growth-factor=1');
  const { blocking, now } = options;
  const known = blocking ? (await BlockMemory.load(blocking.settings)).all() : [];
  const analysis = makeAnalysis({
    served: new Served(known),
    // Files of several machines overlap: each is read whole, so the next one begins where this one began.
    ...(paths.length > 1 && { lateMs: overlapMs }),
  });
  const unreadable = await readLogs(paths, analysis, io);
  if (!blocking) {
    printReading({ judged: judgeAll(analysis, now, policy, null), unreadable }, analysis, options, io);
    return unreadable.any ? 1 : 0;
  }
  // Reading may have taken hours: the memory is read again when it is our turn to write.
  const crawlers = await options.crawlersAmong?.(analysis.offenders());
  const nowMs = now.getTime();
  const writing = { loop: options.loop, nowMs, err: io.err, agrees: guardOf(analysis, policy) };
  const { isApplied } = await blockOffenders(blocking, writing, (memory, exempt) => {
    const judged = judgeAll(analysis, now, { ...policy, exempt, ...(crawlers && { crawlers }) }, memory);
    printReading({ judged, unreadable }, analysis, options, io);
    return judged;
  });
  return unreadable.any || !isApplied ? 1 : 0;
}

/** Reads every file (or `-`). */
async function readLogs(
  paths: readonly string[],
  analysis: LineAnalysis,
  io: CommandIo,
): Promise<Unreadable> {
  const unreadable = new Unreadable();
  const sink = {
    line: (text: string) => {
      if (!analysis.see(text)) unreadable.line(text);
    },
    tooLong: (head: string) => unreadable.tooLong(head),
  };
  const { threads } = analysis;
  try {
    for (const path of await inTimeOrder(paths, (line) => analysis.timeOf(line))) {
      const isSpread = threads && path !== '-';
      const { error } = isSpread
        ? await threads.read(openFile(path), sink)
        : await readLines(path === '-' ? io.stdin : openFile(path), sink);
      if (error) unreadable.file(path, error);
    }
  } finally {
    await threads?.close();
  }
  analysis.end();
  return unreadable;
}

/** Prints offenders (a JSON line each, or a table) and, to the side, what was read. */
export function printReading(
  { judged, unreadable }: Reading,
  analysis: LineAnalysis,
  { json }: LogOptions,
  io: CommandIo,
): void {
  const lines = judged.map((one) => one.line);
  if (json) for (const line of lines) io.out(JSON.stringify(line));
  else if (lines.length > 0) io.out(asTable(lines));
  const toBlock = lines.filter((line) => line.until !== null).length;
  io.err(`${analysis.summary()}: ${lines.length} offenders, ${toBlock} to block`);
  for (const sentence of [...analysis.alerts(), ...unreadable.told()]) io.err(sentence);
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
