import { type CommandIo, type LogOptions, runLogs } from '../logs/command.ts';
import type { LineAnalysis, NetworkPolicy } from '../logs/judging.ts';
import type { WatchOptions } from '../logs/watch.ts';
import { SshAnalysis } from './analysis.ts';
import type { SshLoop } from './policy.ts';
import { parseLogRecord } from './syslog.ts';

/** `snapshut ssh FILE…`: who guesses passwords in these logs. Answers the exit status. */
export async function ssh(
  paths: readonly string[],
  options: LogOptions,
  loop: SshLoop,
  networks: NetworkPolicy,
  io: CommandIo,
): Promise<number> {
  const policy = { ...networks, neverBlock: [...loop.neverBlock, ...(networks.own ?? [])] };
  return runLogs(paths, (watch) => logLines(loop, options.now.getTime(), watch), options, policy, io);
}

/** `now`: as seen from when a date without a year is read. */
export function logLines(
  loop: SshLoop,
  now: number | (() => number),
  options: WatchOptions = {},
): LineAnalysis {
  const nowMs = typeof now === 'number' ? () => now : now;
  const analysis = new SshAnalysis(loop, nowMs, options);
  return {
    facts: analysis.facts,
    see: (line) => analysis.see(line),
    timeOf: (line) => parseLogRecord(line, nowMs())?.timeMs ?? Number.NaN,
    end: () => analysis.end(),
    settle: (client) => analysis.settle(client),
    offenders: () => analysis.offenders(),
    goodNetworks: () => analysis.goodNetworks(),
    alerts: () => [],
    summary() {
      const { records, clients, nameless } = analysis.counts;
      const without = nameless > 0 ? `, ${nameless} without an address` : '';
      return `${records} lines, failed attempts of ${clients} clients${without}`;
    },
  };
}
