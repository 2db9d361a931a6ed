import type { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { messageOf, RetryableError } from '../errors.ts';
import type { History } from '../ports.ts';
import { clientKey, clientText } from './address.ts';
import { type Applied, applyBlocks } from './apply-blocks.ts';
import { BlockMemory } from './block-memory.ts';
import type { BlockSet } from './block-set.ts';
import { inTimeOrder } from './inputs.ts';
import { Networks } from './networks.ts';
import { type NeverBlock, whyNeverBlocked } from './never-block.ts';
import { byWeight, type DetectorFacts, type Judged, judge, type OffenderLine } from './offender-line.ts';
import { Served } from './served.ts';
import { openFile, readLines } from './source.ts';
import { table, Unreadable } from './told.ts';
import type { Offender, WatchOptions } from './watch.ts';

/** Where a command reads and writes; the process's own streams in earnest. */
export interface CommandIo {
  stdin: Readable;
  out(line: string): void;
  err(line: string): void;
}

export interface LogOptions {
  json: boolean;
  now: Date;
  /** Where to block; left out, nothing is written and nothing remembered. */
  blocking?: Blocking | undefined;
}

/** What `--apply` needs. */
export interface Blocking {
  settings: Pick<History, 'setting' | 'set' | 'lease' | 'release'>;
  /** The sets of each target. */
  targets: readonly (readonly BlockSet[])[];
  /** Who holds the lease: anything that no other process calls itself. */
  owner: string;
  sleep(ms: number): Promise<void>;
}

/** The policy file's `networks`, and the account's own addresses where a cloud was asked for them. */
export interface NetworkPolicy {
  trusted: readonly string[];
  proxies: readonly string[];
  own?: readonly string[];
}

/** Addresses as one run needs them. */
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
  /** Nothing follows. */
  end(): void;
  /** This client is dealt with: what it does from here on is looked at anew. */
  settle(client: string): void;
  offenders(): Offender[];
  /** Networks (a v4 /24, a v6 /56) in which somebody was seen who did nothing. */
  goodNetworks(): Set<string>;
  /** `1200 requests of 30 clients`. */
  summary(): string;
  /** What people should know besides: attacks that no single client stands for. */
  alerts(): string[];
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
  const isApplied = await withLease(blocking, now.getTime(), async () => {
    const memory = await BlockMemory.load(blocking.settings);
    const judged = judgeAll(analysis, now, policy, memory);
    printReading({ judged, unreadable }, analysis, options, io);
    for (const { block } of judged) if (block) memory.put(block);
    return apply(memory, blocking, now.getTime(), io, guardOf(analysis, policy));
  });
  return unreadable.any || !isApplied ? 1 : 0;
}

export async function apply(
  memory: BlockMemory,
  { settings, targets, sleep }: Blocking,
  nowMs: number,
  io: Pick<CommandIo, 'err'>,
  agrees?: (network: string) => boolean,
): Promise<boolean> {
  if (targets.length === 0) io.err('nothing was blocked: the policy file names no targets for this loop');
  let isDone = targets.length > 0;
  for (const sets of targets) {
    const names = sets.map((one) => one.key).join(', ');
    try {
      const applied = await applyBlocks(sets, { memory, settings, nowMs, sleep, agrees });
      io.err(tellApplied(names, applied));
      if (applied.unplaced.length > 0) isDone = false;
    } catch (thrown) {
      // One target that cannot be written to is told, and does not leave the others open.
      io.err(`${names}: not written: ${messageOf(thrown)}`);
      isDone = false;
    }
  }
  return isDone;
}

/**
 * The collateral guard for whole networks: nobody good was seen there, and nobody is there who is never blocked.
 * Asked only when there is no room, so the good networks are gathered only then.
 */
export function guardOf(analysis: LineAnalysis, policy: AddressPolicy): (network: string) => boolean {
  let good: Set<string> | null = null;
  const never = neverOf(policy);
  return (network) => {
    good ??= analysis.goodNetworks();
    return !good.has(network) && whyNeverBlocked(network, never) === null;
  };
}

function neverOf(policy: AddressPolicy): NeverBlock {
  return {
    trusted: new Networks(policy.trusted),
    proxies: new Networks(policy.proxies),
    own: new Networks(policy.neverBlock),
  };
}

function tellApplied(names: string, { added, removed, foreign, unplaced, letGo }: Applied): string {
  const told = [`${added} added`, `${removed} ended`];
  if (foreign.length > 0) told.push(`${foreign.length} were there before us and stay`);
  if (letGo.length > 0) told.push(`${letGo.length} were taken out by hand and are let go`);
  if (unplaced.length > 0) told.push(`${unplaced.length} found no room`);
  return `${names}: ${told.join(', ')}`;
}

const leaseMs = 30_000;
const longestWaitMs = 60_000;

/** Two runs beside each other would each forget what the other blocked. */
export async function withLease<T>(blocking: Blocking, nowMs: number, run: () => Promise<T>): Promise<T> {
  const { settings, owner, sleep } = blocking;
  for (
    let waited = 0;
    !(await settings.lease('blocked', owner, nowMs + waited + leaseMs, nowMs + waited));
  ) {
    waited += 250;
    if (waited > longestWaitMs) throw new RetryableError('another run is writing the block lists');
    await sleep(250);
  }
  try {
    return await run();
  } finally {
    await settings.release('blocked', owner);
  }
}

/**
 * Lets clients go before their time, by a person's word. What they did up to now does not lead to another block.
 * Answers those who were not blocked.
 */
export async function unblock(
  clients: readonly string[],
  blocking: Blocking,
  now: Date,
  io: CommandIo,
): Promise<{ status: number; unknown: string[] }> {
  const nowMs = now.getTime();
  return withLease(blocking, nowMs, async () => {
    const memory = await BlockMemory.load(blocking.settings);
    const unknown = clients.filter((client) => (memory.get(nameOf(client))?.untilMs ?? 0) <= nowMs);
    for (const client of clients) letGo(memory, nameOf(client), nowMs);
    return { status: (await apply(memory, blocking, nowMs, io)) ? 0 : 1, unknown };
  });
}

function letGo(memory: BlockMemory, client: string, nowMs: number): void {
  const one = memory.get(client);
  if (!one) return;
  const { within, ...alone } = one;
  memory.put({ ...alone, unblocked: true, evidenceMs: Math.max(one.evidenceMs, nowMs) });
  const network = within === undefined ? undefined : memory.get(within);
  if (!network) return;
  // The entry that holds all neighbours goes, and each of the others stands for itself again.
  memory.put({ ...network, unblocked: true });
  for (const { within: held, ...neighbour } of memory.all()) if (held === within) memory.put(neighbour);
}

/** As offender lines name them: whoever is asked for by one address of a /64 is that /64. */
function nameOf(client: string): string {
  const key = clientKey(client.replace(/\/(?:32|64|128)$/, ''));
  return key ? clientText(key) : client;
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
  for (const path of await inTimeOrder(paths, (line) => analysis.timeOf(line))) {
    const { error } = await readLines(path === '-' ? io.stdin : openFile(path), sink);
    if (error) unreadable.file(path, error);
  }
  analysis.end();
  return unreadable;
}

export function judgeAll(
  analysis: LineAnalysis,
  now: Date,
  policy: AddressPolicy,
  memory: BlockMemory | null,
): Judged[] {
  return judgeOffenders(analysis.offenders(), analysis.facts, now, policy, memory);
}

/** Who is blocked, until when, or why not; the worst first. */
export function judgeOffenders(
  offenders: readonly Offender[],
  detectors: ReadonlyMap<string, DetectorFacts>,
  now: Date,
  policy: AddressPolicy,
  memory: BlockMemory | null,
): Judged[] {
  const never = neverOf(policy);
  const judged = offenders.map((offender) =>
    judge(offender, {
      nowMs: now.getTime(),
      detectors,
      whyNeverBlocked: (client) => whyNeverBlocked(client, never),
      blocked: (client) => memory?.get(client),
    }),
  );
  return judged.sort(byWeight);
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
