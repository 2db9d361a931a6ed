import { pMapIterable } from 'p-map';
import { openCases } from './housekeep.ts';
import { knownWatchers } from './known-watchers.ts';
import type { Loop } from './loop.ts';
import type { Outcome, Resource, Trigger } from './model.ts';
import { resourceKey } from './model.ts';
import type { AccountScope } from './ports.ts';
import { look } from './sweep/look.ts';
import { PlaceKeeper, type SweepPlace, unreadMost } from './sweep/place.ts';
import { type Listed, listStretch, type Stretch, stretchesOf, stretchKey } from './sweep/stretch.ts';

export interface SweepProgress {
  /** Resources handled and known so far, those of the broken-off sweep included. */
  done: number;
  /** Grows while further kinds are listed. */
  total: number;
  /** What could not be listed or read: at most the first hundred sentences, and how many there are. */
  unread: readonly string[];
  unreadCount: number;
  /** When the sweep began that is carried on here; null where this one began by itself. */
  carriedOn: string | null;
}

export interface SweepOptions {
  onProgress?(progress: SweepProgress): void;
  /** Begin anew, though a sweep was broken off. */
  fromStart?: boolean;
}

/** Kinds that are listed ahead, and looks that are on their way at once. */
const listsAtOnce = 6;
const looksAtOnce = 4;
/** Resources of one look: enough to be read together, few enough to be lost by a crash. */
const lookMost = 200;

/** A part of a stretch, or the end of one. */
interface Part {
  listed: Listed;
  resources: Resource[];
  isFirst: boolean;
}

/**
 * Re-evaluates every resource of the guarded accounts, and every resource with an open case, and answers line
 * by line. What could not be listed or read is a `failed` line, never "nothing there". A sweep that was broken
 * off, however it ended, is carried on by the next one within a day.
 */
export async function* sweep(
  guarded: readonly AccountScope[],
  loop: Loop,
  { onProgress = () => {}, fromStart = false }: SweepOptions = {},
): AsyncGenerator<Outcome> {
  const trigger: Trigger = { eventId: `sweep/${loop.newId()}`, at: null, actor: null, name: 'sweep' };
  const stretches = stretchesOf(guarded, loop);
  const keeper = new PlaceKeeper(loop, stretches);
  const place = await keeper.begin(fromStart);
  const carriedOn = place.done > 0 || place.after !== null ? place.startedAt : null;
  const cases = await withOpenCases(guarded, loop);
  const seen = new Set<string>();
  let total = place.done;
  let done = place.done;
  const tell = () => {
    const { unread, unreadCount } = place;
    onProgress({ done, total, unread, unreadCount, carriedOn });
  };
  const visit = async (resources: readonly Resource[]) => {
    const outcomes = await look(resources, new Set(cases.keys()), trigger, loop);
    done += resources.length;
    tell();
    return outcomes.flat();
  };

  let isDone = false;
  try {
    const left = stretches.slice(stretches.findIndex((one) => stretchKey(one) === place.stretch));
    const parts = partsOf(left, place.after, trigger, loop, (known) => {
      total += known;
      tell();
    });
    const visits = pMapIterable(parts, async (part) => ({ part, outcomes: await visit(part.resources) }), {
      concurrency: looksAtOnce,
    });
    for await (const { part, outcomes } of visits) {
      for (const one of part.resources) seen.add(resourceKey(one));
      const all = part.isFirst ? [...part.listed.failures, ...outcomes] : outcomes;
      yield* all;
      // Only behind its last line: whoever stops in between gets these lines again rather than never.
      advance(place, part, all);
      await keeper.keep(place);
    }
    tell();
    const known = new Map([...cases, ...(await watchersOf(guarded, loop))]);
    const others = [...known.values()].filter((one) => !seen.has(resourceKey(one)));
    total += others.length;
    for (const some of chunks(others)) yield* await visit(some);
    isDone = true;
  } finally {
    tell();
    await keeper.end(isDone ? null : place);
  }
}

/** Lists some stretches ahead and cuts each into looks. */
async function* partsOf(
  stretches: readonly Stretch[],
  after: string | null,
  trigger: Trigger,
  loop: Loop,
  onListed: (count: number) => void,
): AsyncGenerator<Part> {
  const lists = pMapIterable(stretches, (one) => listStretch(one, trigger, loop), {
    concurrency: listsAtOnce,
  });
  let from = after;
  for await (const listed of lists) {
    const behind = from;
    const left = listed.resources.filter((one) => behind === null || resourceKey(one) > behind);
    onListed(left.length);
    let isFirst = from === null;
    // Also a stretch of which nothing is left is told, for what could not be listed and to move on.
    for (const resources of left.length === 0 ? [[]] : chunks(left)) {
      yield { listed, resources, isFirst };
      isFirst = false;
    }
    from = null;
  }
}

function advance(place: SweepPlace, { listed, resources }: Part, outcomes: readonly Outcome[]): void {
  const key = stretchKey(listed.stretch);
  if (place.stretch !== key) place.after = null;
  place.stretch = key;
  const last = resources.at(-1);
  if (last) place.after = resourceKey(last);
  place.done += resources.length;
  for (const { outcome, resource, why } of outcomes) {
    const sentence = resource === null ? why : `${resourceKey(resource)}: ${why}`;
    // A stretch that is carried on is listed again, and may fail to be again.
    if (outcome !== 'failed' || place.unread.includes(sentence)) continue;
    place.unreadCount += 1;
    if (place.unread.length < unreadMost) place.unread.push(sentence);
  }
}

function* chunks(resources: readonly Resource[]): Generator<Resource[]> {
  for (let from = 0; from < resources.length; from += lookMost) yield resources.slice(from, from + lookMost);
}

async function withOpenCases(guarded: readonly AccountScope[], loop: Loop): Promise<Map<string, Resource>> {
  const resources = new Map<string, Resource>();
  for await (const { resource } of openCases(loop)) {
    if (guarded.some((by) => by.provider === resource.provider && by.account === resource.account))
      resources.set(resourceKey(resource), resource);
  }
  return resources;
}

/** What watched the account, whatever has become of it: a deleted watcher is in no list. */
async function watchersOf(guarded: readonly AccountScope[], loop: Loop): Promise<Map<string, Resource>> {
  const scopes = guarded.filter((scope) =>
    loop.provider({ ...scope, region: scope.regions[0] ?? 'global' }).kinds.includes('trail'),
  );
  const known = await Promise.all(scopes.map((scope) => knownWatchers(scope, loop)));
  const inside = known.flatMap((some, at) =>
    some.filter(({ region }) => region === 'global' || scopes[at]?.regions.includes(region)),
  );
  return new Map(inside.map((one) => [resourceKey(one), one]));
}
