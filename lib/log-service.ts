import { once } from 'node:events';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import { setInterval } from 'node:timers';
import { blockingOf, blockTargets, everyTarget } from './block-sets.ts';
import type { Case } from './cases.ts';
import { messageOf, TerminalError } from './errors.ts';
import { DynamoWindows } from './history/dynamodb-windows.ts';
import { tellNews } from './logs/attack-alerts.ts';
import { AttackRecord } from './logs/attack-record.ts';
import { BlockMemory } from './logs/block-memory.ts';
import type { Blocked } from './logs/block-set.ts';
import { apply, type Blocking, withLease } from './logs/blocking.ts';
import { crawlersAmong } from './logs/crawlers.ts';
import { FileFollower, followJournal } from './logs/follow.ts';
import type { LineAnalysis } from './logs/judging.ts';
import { LiveLoop, type Tick } from './logs/live.ts';
import { OwnAddresses } from './logs/own-addresses.ts';
import type { Followed } from './logs/targets.ts';
import type { Policy } from './policy/schema.ts';
import type { History } from './ports.ts';
import { BlocklistProvider } from './providers/host/blocklist.ts';
import type { Background } from './serve/background.ts';
import { logLines } from './ssh/command.ts';
import { readReputation, requestLines } from './waf/command.ts';
import type { ObjectsService } from './waf/on-objects.ts';
import { CurrentLists } from './waf/published-lists.ts';
import { Reputation } from './waf/reputation.ts';
import { dnsNames, fetchList } from './wire-lists.ts';

/** The part of the composition root that runs the log loops: on Lambda over objects, in one process over files. */

export interface LogServiceParts {
  policy: Policy;
  history: History;
  now(): Date;
  frozen(): Promise<string | null>;
  newId(): string;
}

/** For the function that S3's events reach. */
export function objectsService(
  { policy, history, now, frozen, newId }: LogServiceParts,
  table: string,
  log: ObjectsService['log'],
): ObjectsService {
  const { waf } = policy.loops;
  const { sets, ownAddresses } = blockTargets(policy, waf.targets);
  const dynamo = onlyOnce(async () => {
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    return new DynamoDBClient({});
  });
  const own = new OwnAddresses(ownAddresses, now, (why) => log('error', why, {}));
  return {
    loop: waf,
    networks: policy.networks,
    ownAddresses: () => own.get(),
    crawlersAmong: crawlersAmong(dnsNames(), waf.crawlers.domains),
    reputation: listsOf(waf, history, (why) => log('error', why, {})),
    windows: new DynamoWindows(table, dynamo),
    blocking: blockingOf(sets, history, `${hostname()}/${process.pid}`, newId),
    open: s3Objects(),
    frozen,
    now,
    log,
  };
}

/** The reputation lists that the policy names, kept fresh; null without any. */
function listsOf(
  waf: Policy['loops']['waf'],
  history: History,
  err: (line: string) => void,
): CurrentLists | null {
  const { files, urls, mode, refreshHours } = waf.reputation;
  if (mode === 'off' || files.length + urls.length === 0) return null;
  const source = { fetchText: fetchList, settings: history };
  const read = async () => (await readReputation(waf, source, err)) ?? new Reputation([]);
  return new CurrentLists(read, refreshHours * 3_600_000);
}

/** The calls of this file. */
export const calls = { read: ['s3:GetObject'], write: [] } as const;

function s3Objects(): ObjectsService['open'] {
  const client = onlyOnce(async () => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    return new S3Client({});
  });
  return async ({ bucket, key }) => {
    const { GetObjectCommand, NoSuchKey } = await import('@aws-sdk/client-s3');
    const s3 = await client();
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new TerminalError(`s3://${bucket}/${key} has no content`);
      // In Node the body is a stream of Node.
      return Body as Readable;
    } catch (error) {
      if (error instanceof NoSuchKey)
        throw new TerminalError(`s3://${bucket}/${key} does not exist any more`);
      throw error;
    }
  };
}

function onlyOnce<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** Blocks as resources, so that a case of theirs can be looked at, settled and undone like any other. */
export function blocklistProvider({ policy, history, now, newId }: LogServiceParts): BlocklistProvider {
  let blocking: Blocking | null = null;
  return new BlocklistProvider(() => {
    const owner = `${hostname()}/${process.pid}/cases`;
    blocking ??= blockingOf(blockTargets(policy, everyTarget(policy)).sets, history, owner, newId);
    return blocking;
  }, now);
}

/** Ends the blocks whose time is over, where nobody follows a log: one look at the memory, and no call without need. */
export async function endBlocks({ policy, history, now, frozen, newId }: LogServiceParts): Promise<string[]> {
  const nowMs = now().getTime();
  const isOver = (one: Blocked) =>
    one.sets.length + one.pending.length > 0 && (one.untilMs <= nowMs || one.unblocked === true);
  if (!(await BlockMemory.load(history)).all().some(isOver) || (await frozen()) !== null) return [];
  const { sets } = blockTargets(policy, everyTarget(policy));
  const blocking = blockingOf(sets, history, `${hostname()}/${process.pid}/ends`, newId);
  const told: string[] = [];
  await withLease(blocking, nowMs, async () => {
    const memory = await BlockMemory.load(history);
    await apply(memory, blocking, now().getTime(), { err: (line) => void told.push(line) });
  });
  return told;
}

export interface RunningLoops {
  stop(): Promise<void>;
}

const tickMs = 1_000;

/** Follows what the policy names, from now on. `onTick` gets offenders and the news of attacks. */
export function startLogLoops(
  parts: LogServiceParts,
  onTick: (loop: 'waf' | 'ssh', tick: Tick) => Promise<void>,
  err: (line: string) => void,
): RunningLoops {
  const { policy, now } = parts;
  const { waf, ssh } = policy.loops;
  const reputation = listsOf(waf, parts.history, err);
  const requests = requestLines(waf, policy.networks.proxies, { reputation: reputation ?? undefined });
  const running = [
    follow('waf', waf, requests, parts, onTick, err, reputation),
    follow('ssh', ssh, logLines(ssh, now().getTime()), parts, onTick, err, null),
  ];
  return {
    async stop() {
      await Promise.all(running.map((one) => one?.stop()));
    },
  };
}

/** The loops as one process runs them beside its inbox: what they find is told as it is found. */
export function logLoops(parts: LogServiceParts, tell: (about: Case) => Promise<void>): Background {
  return async ({ warn, signal }) => {
    const { waf, ssh } = parts.policy.loops;
    if (waf.follow.length + ssh.follow.length === 0) return;
    const record = new AttackRecord({ ...parts, tell });
    const onTick = async (loop: string, { news }: Tick) => {
      for (const one of news) {
        warn(tellNews(loop, one));
        await record.keep(loop, one, parts.now().getTime());
      }
    };
    const loops = startLogLoops(parts, onTick, warn);
    if (!signal.aborted) await once(signal, 'abort');
    await loops.stop();
  };
}

function follow(
  name: 'waf' | 'ssh',
  { follow: followed, targets, neverBlock }: Policy['loops']['waf' | 'ssh'],
  analysis: LineAnalysis,
  { policy, history, now, frozen, newId }: LogServiceParts,
  onTick: (loop: 'waf' | 'ssh', tick: Tick) => Promise<void>,
  err: (line: string) => void,
  lists: CurrentLists | null,
): RunningLoops | null {
  if (followed.length === 0) return null;
  const { sets, ownAddresses } = blockTargets(policy, targets);
  const own = new OwnAddresses(ownAddresses, now, err);
  const loop = new LiveLoop(analysis, {
    loop: name,
    policy: async () => ({ ...policy.networks, neverBlock: [...neverBlock, ...(await own.get())] }),
    ...(sets.length > 0 && {
      blocking: blockingOf(sets, history, `${hostname()}/${process.pid}/${name}`, newId),
    }),
    ...(name === 'waf' && { crawlersAmong: crawlersAmong(dnsNames(), policy.loops.waf.crawlers.domains) }),
    frozen,
    err,
  });
  const files = followed.flatMap((one) => ('file' in one ? [new FileFollower(one.file, loop)] : []));
  const units = followed.flatMap((one: Followed) => ('journal' in one ? [one.journal] : []));
  const journal = units.length > 0 ? followJournal(units, loop, err) : null;
  let turn: Promise<void> = Promise.resolve();
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    turn = tick()
      .catch((thrown) => err(`${name}: ${messageOf(thrown)}`))
      .finally(() => {
        isBusy = false;
      });
  }, tickMs);
  const tick = async () => {
    await lists?.refresh(now().getTime());
    for (const file of files) await file.poll();
    const result = await loop.tick(now());
    if (result.lines.length + result.news.length > 0) await onTick(name, result);
  };
  return {
    async stop() {
      clearInterval(timer);
      await turn;
      await journal?.stop();
      await Promise.all(files.map((file) => file.close()));
    },
  };
}
