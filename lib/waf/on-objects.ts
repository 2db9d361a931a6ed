import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { messageOf, TerminalError } from '../errors.ts';
import { BlockMemory } from '../logs/block-memory.ts';
import { type Blocking, blockOffenders } from '../logs/blocking.ts';
import type { CrawlersAmong } from '../logs/crawlers.ts';
import { judgeOffenders, type NetworkPolicy } from '../logs/judging.ts';
import { Networks } from '../logs/networks.ts';
import type { OffenderLine } from '../logs/offender-line.ts';
import { countObject, type ObjectResult } from './objects.ts';
import type { WafLoop } from './policy.ts';
import type { CurrentLists } from './published-lists.ts';
import { type ObjectName, objectsNamed } from './s3-events.ts';
import type { SharedTraffic } from './shared-traffic.ts';
import type { SharedWindows } from './shared-windows.ts';

export interface ObjectsService {
  loop: WafLoop;
  networks: NetworkPolicy;
  /** The account's own addresses, which are never blocked. */
  ownAddresses(): Promise<string[]>;
  crawlersAmong?: CrawlersAmong;
  reputation?: CurrentLists | null;
  windows: SharedWindows;
  /** Left out: attacks by many clients are not looked for. */
  traffic?: SharedTraffic | undefined;
  /** Keeps what people are told of attacks; offenders of one object, in any order. */
  onOffenders?(lines: readonly OffenderLine[]): Promise<void>;
  blocking: Blocking;
  open(name: ObjectName): Promise<Readable>;
  frozen(): Promise<string | null>;
  now(): Date;
  log(level: 'info' | 'error', message: string, fields: { [name: string]: unknown }): void;
}

/** One message of the queue: the objects that it names are counted, and who is over a limit is blocked. */
export async function onLogObjects(body: string, service: ObjectsService): Promise<OffenderLine[]> {
  const names = objectsNamed(parsed(body));
  if (names === null) throw new TerminalError('the message names no objects');
  const lines: OffenderLine[] = [];
  for (const name of names) lines.push(...(await onObject(name, service)));
  return lines;
}

async function onObject(name: ObjectName, service: ObjectsService): Promise<OffenderLine[]> {
  const { loop, networks, windows, blocking, now, log } = service;
  const known = await BlockMemory.load(blocking.settings);
  const id = createHash('sha256')
    .update(`${name.bucket}\n${name.key}\n${name.version}`)
    .digest('base64url')
    .slice(0, 22);
  const object = { name: id, open: () => service.open(name) };
  await service.reputation?.refresh(now().getTime());
  const servedMs = (client: string) => known.get(client)?.evidenceMs;
  const trafficWindowMs = service.traffic ? loop.distributed.windowSeconds * 1000 : undefined;
  const context = { windows, servedMs, reputation: service.reputation ?? null, trafficWindowMs };
  const found = await countObject(object, loop, new Networks(networks.proxies), context);
  if (found.unreadable.any) {
    const { bucket, key } = name;
    log('error', 'a log object was not read whole', { bucket, key, ...found.unreadable.counts });
  }
  const lines = await blockFound(found, service);
  // Behind the blocks: a store that takes no more of the counts must not keep anybody from being blocked.
  if (service.traffic) await found.traffic?.addTo(service.traffic, id);
  return lines;
}

async function blockFound(found: ObjectResult, service: ObjectsService): Promise<OffenderLine[]> {
  const { loop, networks, blocking, now, log } = service;
  if (found.offenders.length === 0) return [];
  const crawlers = await service.crawlersAmong?.(found.offenders);
  const neverBlock = [...loop.neverBlock, ...(await service.ownAddresses())];
  const policy = { ...networks, neverBlock, ...(crawlers && { crawlers }) };
  const why = await service.frozen();
  if (why !== null) {
    const memory = await BlockMemory.load(blocking.settings);
    const told = judgeOffenders(found.offenders, found.facts, now(), policy, memory);
    log('info', 'offenders are told and not blocked: frozen', { why, offenders: told.length });
    return told.map((one) => one.line);
  }
  const writing = { loop: 'waf', nowMs: now().getTime(), err: (text: string) => log('info', text, {}) };
  const { judged, isApplied } = await blockOffenders(blocking, writing, (memory, exempt) =>
    judgeOffenders(found.offenders, found.facts, now(), { ...policy, exempt }, memory),
  );
  if (!isApplied) log('error', 'not every offender is blocked', { offenders: judged.length });
  const lines = judged.map((one) => one.line);
  await service.onOffenders?.(lines);
  return lines;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (thrown) {
    throw new TerminalError(`the message is not JSON: ${messageOf(thrown)}`);
  }
}
