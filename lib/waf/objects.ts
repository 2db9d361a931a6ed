import type { Readable } from 'node:stream';
import pMap from 'p-map';
import { clientText } from '../logs/address.ts';
import type { Networks } from '../logs/networks.ts';
import type { DetectorFacts } from '../logs/offender-line.ts';
import { readLines } from '../logs/source.ts';
import { Unreadable } from '../logs/told.ts';
import type { Offender } from '../logs/watch.ts';
import { clientOf } from './client.ts';
import { RequestReader } from './formats/formats.ts';
import { ObjectTraffic } from './object-traffic.ts';
import { activeDetectors, reputationFacts, type WafLoop } from './policy.ts';
import type { Named } from './reputation.ts';
import type { Request } from './request.ts';
import { MemoryWindows, overLimit, type SharedWindows, sharedSlotOf } from './shared-windows.ts';

/** A log object as a function gets it. `name` is the same however often the object comes. */
export interface LogObject {
  name: string;
  open(): Promise<Readable>;
}

export interface ObjectContext {
  windows: SharedWindows;
  /** Who is on a published list offends with the first request. */
  reputation?: Named | null;
  /** Windows of the traffic in which an attack by many clients shows; left out, it is not counted. */
  trafficWindowMs?: number | undefined;
  /** Up to when a client's records led to a block already. */
  servedMs(client: string): number | undefined;
}

export interface ObjectResult {
  offenders: Offender[];
  facts: ReadonlyMap<string, DetectorFacts>;
  unreadable: Unreadable;
  /** For those who look for attacks by many clients; null where it is not counted. */
  traffic: ObjectTraffic | null;
}

interface Counted {
  client: string;
  requests: number;
  firstMs: number;
  lastMs: number;
  /** Detectors of many clients together that found it among them. */
  accused: Set<string>;
  /** Per detector: slots and their counts. */
  slots: Map<string, Map<number, number>>;
}

/** Clients counted in one object; the further ones of a larger storm are counted in the next. */
const clientsHeld = 200_000;

/**
 * Counts one object and adds to the shared windows what may become an attack: who did less than a twentieth of a
 * limit in one object is not worth a write. Answers those over a limit, wherever else they were counted.
 */
export async function countObject(
  object: LogObject,
  loop: WafLoop,
  proxies: Networks,
  { windows, servedMs, reputation = null, trafficWindowMs }: ObjectContext,
): Promise<ObjectResult> {
  const active = activeDetectors(loop);
  const matchers = active.map(({ detector, options, facts }) => ({
    facts,
    isMatch: detector.matching(options),
    together: detector.together?.(options),
    countsDifferent: detector.countsDifferent === true,
  }));
  const counted = new Map<string, Counted>();
  const unreadable = new Unreadable();
  const traffic = trafficWindowMs === undefined ? null : new ObjectTraffic(trafficWindowMs);
  const see = (request: Request) => {
    const key = clientOf(request, proxies);
    if (!key) return;
    traffic?.see(request, key);
    const one = clientIn(counted, clientText(key), request.timeMs);
    if (!one) return;
    for (const { facts, isMatch, together } of matchers) {
      if (isMatch(request, key)) count(one, facts, request.timeMs);
      for (const among of together?.(request, key) ?? [])
        counted.get(clientText(among))?.accused.add(facts.name);
    }
  };
  const reader = new RequestReader((parsed, line) => {
    if (parsed === null) unreadable.line(line);
    else if (parsed !== 'ignored') see(parsed);
  }, !proxies.isEmpty);
  const sink = {
    line: (line: string) => reader.read(line),
    tooLong: (head: string) => unreadable.tooLong(head),
  };
  const { error } = await readLines(await object.open(), sink);
  if (error) unreadable.file(object.name, error);

  const judged = await pMap(
    counted.values(),
    async (one): Promise<Offender | null> => {
      const since = servedMs(one.client) ?? Number.NEGATIVE_INFINITY;
      const offences = [];
      for (const { facts, countsDifferent } of matchers) {
        const shared = countsDifferent ? new MemoryWindows() : windows;
        const isOne = one.accused.has(facts.name) || (await isOver(one, facts, object.name, shared, since));
        if (isOne) offences.push({ detector: facts.name, atMs: one.lastMs });
      }
      if (reputation?.namedBy(one.client) && one.lastMs > since) {
        offences.push({ detector: 'reputation', atMs: one.lastMs });
      }
      const { client, requests, firstMs, lastMs } = one;
      return offences.length === 0 ? null : { client, offences, requests, firstMs, lastMs, isFresh: true };
    },
    { concurrency: 32 },
  );
  const offenders = judged.filter((one) => one !== null);
  const facts = [...active.map((one) => one.facts), ...(reputation ? [reputationFacts(loop)] : [])];
  return { offenders, facts: new Map(facts.map((one) => [one.name, one])), unreadable, traffic };
}

function clientIn(counted: Map<string, Counted>, client: string, timeMs: number): Counted | null {
  let one = counted.get(client);
  if (!one) {
    if (counted.size >= clientsHeld) return null;
    one = { client, requests: 0, firstMs: timeMs, lastMs: timeMs, accused: new Set(), slots: new Map() };
    counted.set(client, one);
  }
  one.requests++;
  one.firstMs = Math.min(one.firstMs, timeMs);
  one.lastMs = Math.max(one.lastMs, timeMs);
  return one;
}

function count({ slots }: Counted, { name, windowSeconds }: DetectorFacts, timeMs: number): void {
  const slot = sharedSlotOf(timeMs, windowSeconds * 1000);
  const ofDetector = slots.get(name) ?? new Map<number, number>();
  ofDetector.set(slot, (ofDetector.get(slot) ?? 0) + 1);
  slots.set(name, ofDetector);
}

async function isOver(
  { client, slots }: Counted,
  { name, requests, windowSeconds }: DetectorFacts,
  source: string,
  windows: SharedWindows,
  servedMs: number,
): Promise<boolean> {
  const own = slots.get(name);
  if (!own) return false;
  const sum = [...own.values()].reduce((a, b) => a + b, 0);
  if (sum < requests / 20) return false;
  const limit = { requests, windowMs: windowSeconds * 1000 };
  if (requests === 0) return [...own.keys()].some((at) => at > servedMs);
  const shared = await windows.add({ detector: name, client, source, windowMs: limit.windowMs, slots: own });
  return overLimit(shared, limit, servedMs);
}
