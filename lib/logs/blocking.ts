import { messageOf, RetryableError } from '../errors.ts';
import type { History } from '../ports.ts';
import { clientKey, clientText } from './address.ts';
import { type Applied, applyBlocks } from './apply-blocks.ts';
import { BlockMemory } from './block-memory.ts';
import type { BlockRecord } from './block-record.ts';
import { type Blocked, type BlockSet, isWanted } from './block-set.ts';
import type { Judged } from './offender-line.ts';

/** What `--apply` needs. */
export interface Blocking {
  settings: Pick<History, 'setting' | 'set' | 'lease' | 'release'>;
  /** The sets of each target. */
  targets: readonly (readonly BlockSet[])[];
  /** Who holds the lease: anything that no other process calls itself. */
  owner: string;
  sleep(ms: number): Promise<void>;
  /** Keeps blocks as cases in the history. */
  record?: BlockRecord | undefined;
}

export interface BlockingNow {
  loop: string;
  nowMs: number;
  err(line: string): void;
  agrees?(network: string): boolean;
}

/**
 * One write of a loop, under the lease: who offended is noted in memory and history, then every target is written, and
 * the history says what came of it. `judge` answers the worst first.
 */
export async function blockOffenders(
  blocking: Blocking,
  { loop, nowMs, err, agrees }: BlockingNow,
  judge: (memory: BlockMemory, exempt: ReadonlyMap<string, string>) => Judged[],
): Promise<{ judged: Judged[]; isApplied: boolean }> {
  return withLease(blocking, nowMs, async () => {
    const { record } = blocking;
    const memory = await BlockMemory.load(blocking.settings);
    const judged = judge(memory, (await record?.exempt(nowMs)) ?? new Map());
    const blocks = judged.flatMap(({ block }) => (block ? [block] : []));
    const begun = await record?.begin(blocks, loop, nowMs);
    for (const block of blocks) memory.put({ ...block, blockedMs: nowMs, loop });
    const isApplied = await apply(memory, blocking, nowMs, { err }, agrees);
    if (begun) await record?.end(begun, memory, nowMs);
    return { judged, isApplied };
  });
}

/** Set while a write to several targets is under way: after a crash the ones behind it are still owed theirs. */
const owedKey = 'blocked-owed';

/** Whether a write was cut short, or the time of somebody in a set is over. */
export async function isWriteDue(settings: Blocking['settings'], nowMs: number): Promise<boolean> {
  const isOver = (one: Blocked) => one.sets.length + one.pending.length > 0 && !isWanted(one, nowMs);
  if ((await BlockMemory.load(settings)).all().some(isOver)) return true;
  return (await settings.setting(owedKey)) === true;
}

/** Writes what the memory says to every target. False when somebody who should be is not blocked. */
export async function apply(
  memory: BlockMemory,
  { settings, targets, sleep }: Blocking,
  nowMs: number,
  io: { err(line: string): void },
  agrees?: (network: string) => boolean,
): Promise<boolean> {
  if (targets.length === 0) io.err('nothing was blocked: the policy file names no targets for this loop');
  let isDone = targets.length > 0;
  if (targets.length > 1) await settings.set(owedKey, true);
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
  if (targets.length > 1) await settings.set(owedKey, false);
  return isDone;
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
  io: { err(line: string): void },
  { by = 'unblock', isRecorded = false }: { by?: string; isRecorded?: boolean } = {},
): Promise<{ status: number; unknown: string[] }> {
  const nowMs = now.getTime();
  return withLease(blocking, nowMs, async () => {
    const memory = await BlockMemory.load(blocking.settings);
    const unknown = clients.filter((client) => (memory.get(nameOf(client))?.untilMs ?? 0) <= nowMs);
    for (const client of clients) letGo(memory, nameOf(client), nowMs);
    const status = (await apply(memory, blocking, nowMs, io)) ? 0 : 1;
    if (!isRecorded) await blocking.record?.letGo(clients.map(nameOf), by, nowMs);
    return { status, unknown };
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
