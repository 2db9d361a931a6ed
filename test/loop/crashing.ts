import { keyOfChange } from '../../lib/fingerprint.ts';
import { stateFingerprint } from '../../lib/kinds.ts';
import type { Resource } from '../../lib/model.ts';
import type { World } from './harness.ts';

/** The process dies at its n-th call to a port, before or after the call took effect. */
export class Crash extends Error {}

export type When = 'before' | 'after';

/** From now on calls are counted; the `at`-th kills (-1: none does). */
export function crashing(world: World, at: number, when: When): { calls: number } {
  const count = { calls: 0 };
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          count.calls += 1;
          const mine = count.calls;
          if (mine === at && when === 'before') throw new Crash();
          // Everything behind the crash is dead, also what runs in a finally block.
          if (at > 0 && mine > at) throw new Crash();
          const answer = await value.apply(target, args);
          if (mine === at) throw new Crash();
          return answer;
        };
      },
    });
  world.loop.history = wrap(world.history);
  const provider = wrap(world.cloud);
  world.loop.provider = () => provider;
  return count;
}

/** The next process, after the leases of the dead one have run out. */
export function revive(world: World): void {
  world.loop.history = world.history;
  world.loop.provider = () => world.cloud;
  world.clock.nowMs += 300_000;
}

/** What people and scripts can see of a resource and its cases; times and ids aside. */
export async function storyOf(world: World, resource: Resource) {
  const { cases } = await world.history.find({ limit: 10 });
  const stories = [];
  for (const one of cases) {
    const entries = await world.history.entries(one.caseId);
    stories.push({
      outcome: one.outcome,
      closed: one.closedAt !== null,
      changes: one.changes.map(keyOfChange).sort(),
      entries: entries.map((entry) => entry.story.type),
      intent: one.intent,
    });
  }
  const [reading] = await world.cloud.read([resource]);
  const state = reading?.status === 'found' ? stateFingerprint(reading.state) : null;
  return { stories, state };
}

export async function answerBy(world: World) {
  const { cases } = await world.history.find({ limit: 1 });
  return { caseId: cases[0]?.caseId ?? '', by: 'bob', exemptMs: 86_400_000 };
}
