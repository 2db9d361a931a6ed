import { readFile } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { type CommandIo, type LogOptions, runLogs } from '../logs/command.ts';
import type { LineAnalysis, NetworkPolicy } from '../logs/judging.ts';
import { utf8 } from '../logs/lines.ts';
import { Networks } from '../logs/networks.ts';
import { type AnalysisOptions, WafAnalysis } from './analysis.ts';
import type { FoundAttack } from './distributed.ts';
import { RequestReader } from './formats/formats.ts';
import type { WafLoop } from './policy.ts';
import { type ListSource, publishedList } from './published-lists.ts';
import { ReadingThreads } from './reading-threads.ts';
import { parseReputation, Reputation, type ReputationList } from './reputation.ts';
import type { Parsed } from './request.ts';
import { saidRate } from './rule-book.ts';

/** `snapshut waf FILE…`: who to block in these logs, and why. Answers the exit status. */
export async function waf(
  paths: readonly string[],
  options: LogOptions,
  loop: WafLoop,
  networks: NetworkPolicy,
  io: CommandIo,
): Promise<number> {
  const policy = { ...networks, neverBlock: [...loop.neverBlock, ...(networks.own ?? [])] };
  const lists = {
    ...(io.fetchText && { fetchText: io.fetchText }),
    settings: options.blocking?.settings ?? null,
  };
  const reputation = await readReputation(loop, lists, io.err);
  return runLogs(
    paths,
    (watch) => requestLines(loop, networks.proxies, { ...watch, reputation, workers: options.workers }),
    options,
    policy,
    io,
  );
}

/** Undefined where the policy names no lists. One that cannot be read is told, and the others still speak. */
export async function readReputation(
  { reputation: { files, urls, mode } }: WafLoop,
  { fetchText, settings }: Partial<ListSource>,
  err: (line: string) => void,
): Promise<Reputation | undefined> {
  if (mode === 'off' || files.length + urls.length === 0) return undefined;
  const lists: ReputationList[] = [];
  for (const file of files) {
    try {
      lists.push(parseReputation(file, await readFile(file, 'utf8')));
    } catch (thrown) {
      err(`the list ${file} was left out: ${messageOf(thrown)}`);
    }
  }
  for (const url of urls) {
    if (!fetchText) continue;
    const { list, why } = await publishedList(url, { fetchText, settings: settings ?? null });
    if (why !== null) err(`${url}: ${why}${list ? '' : '; the list was left out'}`);
    if (list) lists.push(list);
  }
  return new Reputation(lists);
}

/** The analysis of requests over text lines of any format. */
export function requestLines(
  loop: WafLoop,
  proxies: readonly string[],
  { workers = 1, ...options }: AnalysisOptions & { workers?: number | undefined } = {},
): LineAnalysis {
  const analysis = new WafAnalysis(loop, new Networks(proxies), options);
  let readable = true;
  const reader = new RequestReader((parsed: Parsed) => {
    if (parsed === null) readable = false;
    else if (parsed !== 'ignored') analysis.see(parsed);
  }, proxies.length > 0);
  return {
    facts: analysis.facts,
    threads: workers > 1 ? new ReadingThreads(workers, { loop, proxies }, analysis) : undefined,
    see(line) {
      readable = true;
      reader.read(line);
      return readable;
    },
    timeOf: firstRequestTime,
    end: () => {},
    settle: (client) => analysis.settle(client),
    offenders: () => analysis.offenders(),
    goodNetworks: () => analysis.goodNetworks(),
    whyAsked: (client) => analysis.whyAsked(client),
    alerts: () => analysis.distributed().map(tellAttack),
    summary() {
      const { requests, clients, nameless } = analysis.counts;
      const without = nameless > 0 ? `, ${nameless} without a client's address` : '';
      return `${requests} requests of ${clients} clients${without}`;
    },
  };
}

function firstRequestTime(line: string): number {
  let timeMs = Number.NaN;
  new RequestReader((parsed) => {
    if (parsed !== null && parsed !== 'ignored' && Number.isNaN(timeMs)) timeMs = parsed.timeMs;
  }).read(line);
  return timeMs;
}

/** An attack by many clients, in a sentence. */
export function tellAttack({ attack, rule, fromMs }: FoundAttack): string {
  const common = Object.entries(rule.conditions).map(
    ([name, value]) => `${name} ${JSON.stringify(utf8(value))}`,
  );
  const { clients, ofClients, requests } = rule.collateral;
  return (
    `distributed attack since ${new Date(fromMs).toISOString()}: ${attack.requests} requests of about ` +
    `${attack.clients} clients have ${common.join(', ')} in common; a rule for that` +
    `${rule.rate ? `, ${saidRate(rule.rate)},` : ''} would have refused ` +
    `${requests} good requests of ${clients} in ${ofClients} clients before`
  );
}
