import { TerminalError } from '../errors.ts';
import type { Resource } from '../model.ts';
import { resourceKey } from '../model.ts';
import type { Provider, Reading } from '../ports.ts';

/** The most resources in one read; AWS takes 200 values in one filter. */
const readMost = 200;

/** In a burst the next read waits until nobody has come for this long, and never longer than the most. */
const pauseMs = 5;
const gatherMostMs = 100;

interface Waiter {
  resource: Resource;
  answer(reading: Reading): void;
  fail(error: unknown): void;
}

/**
 * Reads that wait together go out together: while one read is under way the next ones gather. A read always
 * starts after it was asked for, so that it is as fresh as one sent alone.
 */
export function batched(provider: Provider): Provider {
  let waiting: Waiter[] = [];
  let isRunning = false;

  async function drain(): Promise<void> {
    // Everybody who asks in this turn of the event loop travels along.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const group = waiting.slice(0, readMost);
      waiting = waiting.slice(readMost);
      await send(provider, group);
      if (group.length > 1) await gather(() => waiting.length);
    }
    isRunning = false;
  }

  const readOne = (resource: Resource): Promise<Reading> =>
    new Promise((answer, fail) => {
      waiting.push({ resource, answer, fail });
      if (isRunning) return;
      isRunning = true;
      void drain();
    });

  return {
    name: provider.name,
    kinds: provider.kinds,
    resolve: (hint) => provider.resolve(hint),
    read: (resources) => Promise.all(resources.map(readOne)),
    lookFurther: async (resource, state) => (await provider.lookFurther?.(resource, state)) ?? state,
    // Whoever glances asks for many at once already.
    glance: (resources) => provider.glance?.(resources) ?? provider.read(resources),
    shapeBefore: (resource, before) => provider.shapeBefore?.(resource, before) ?? null,
    isMoot: async (resource, shape) => (await provider.isMoot?.(resource, shape)) ?? false,
    apply: (resource, change) => provider.apply(resource, change),
    list: (account, region, kind) => provider.list(account, region, kind),
    ...(provider.deedsOf && { deedsOf: (resource) => provider.deedsOf?.(resource) ?? Promise.resolve(null) }),
    rotator: (resource) => provider.rotator?.(resource) ?? null,
  };
}

/** In a burst, reads follow each other at the pace of the writes between them: one by one if nobody waited. */
async function gather(count: () => number): Promise<void> {
  for (let waitedMs = 0; waitedMs < gatherMostMs && count() < readMost; waitedMs += pauseMs) {
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (count() === before && before > 0) return;
    if (before === 0 && count() === 0 && waitedMs > 0) return;
  }
}

/** Never throws: whatever goes wrong is each waiter's own answer. */
async function send(provider: Provider, group: readonly Waiter[]): Promise<void> {
  const unique = [...new Map(group.map(({ resource }) => [resourceKey(resource), resource])).values()];
  try {
    const readings = await provider.read(unique);
    const byKey = new Map(unique.map((resource, index) => [resourceKey(resource), readings[index]]));
    for (const { resource, answer, fail } of group) {
      const reading = byKey.get(resourceKey(resource));
      if (reading === undefined) fail(new TerminalError(`no answer about ${resourceKey(resource)}`));
      else answer(reading);
    }
  } catch (error) {
    for (const { fail } of group) fail(error);
  }
}
