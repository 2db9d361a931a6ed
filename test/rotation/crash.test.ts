import { describe, expect, it } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { canary } from './keyring.ts';
import { dayMs, type KeyWorld, makeKeyWorld, onlyCase, swept } from './world.ts';

/** The control 'stale-key', which replaces keys: the process dies at its n-th call to a port, before or after it took effect. */
class Crash extends Error {}

interface Dying {
  calls: number;
  at: number;
  when: 'before' | 'after';
  isDead: boolean;
}

function wrap<T extends object>(port: T, dying: Dying): T {
  return new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'rotator' || name === 'pointer') return value;
      return async (...args: unknown[]) => {
        if (dying.isDead) throw new Crash();
        dying.calls += 1;
        dying.isDead = dying.calls === dying.at;
        if (dying.isDead && dying.when === 'before') throw new Crash();
        const answer = await value.apply(target, args);
        if (dying.isDead) throw new Crash();
        return answer;
      };
    },
  });
}

/** Everything the loop holds goes through the wrapped ports; `revive` is a new process on the same stores. */
function dyingAt(world: KeyWorld, at: number, when: 'before' | 'after') {
  const dying: Dying = { calls: 0, at, when, isDead: false };
  const { loop, ring, safe, history } = world;
  loop.history = wrap(history, dying);
  const keys = wrap(ring, dying);
  const provider = Object.create(keys, { rotator: { value: () => keys } });
  loop.provider = () => provider;
  if (loop.rotation) loop.rotation.open = () => wrap(safe, dying);
  // Secrets Manager is filled with two calls.
  safe.betweenCalls = () => {
    if (dying.at !== -2) return;
    dying.isDead = true;
    throw new Crash();
  };
  const revive = () => {
    loop.history = history;
    loop.provider = () => ring;
    if (loop.rotation) loop.rotation.open = () => safe;
    safe.betweenCalls = () => {};
    world.clock.nowMs += 300_000;
  };
  return { dying, revive };
}

const answer = async (world: KeyWorld) => {
  const { cases } = await world.history.find({ limit: 1 });
  return { caseId: cases[0]?.caseId ?? '', by: 'bob', exemptMs: 30 * dayMs };
};

async function asked(): Promise<KeyWorld> {
  const world = makeKeyWorld();
  world.policy.mode = 'ask';
  await reconcile(world.ring.put('old'), swept, world.loop);
  return world;
}

/** The owner takes the key from the safe and works with it. */
function ownerWorks(world: KeyWorld): void {
  const keyId = world.safe.current?.keyId ?? 'old';
  if (world.ring.keys.get(keyId)?.isActive) world.ring.use(keyId);
  else throw new Error(`the owner cannot work: ${keyId} is refused`);
}

async function weeksLater(world: KeyWorld): Promise<void> {
  for (let day = 0; day < 30; day += 1) {
    world.clock.nowMs += dayMs;
    ownerWorks(world);
    for (let tick = 0; tick < 3; tick += 1) {
      await settleLeftovers(world.loop);
      world.clock.nowMs += 120_000;
    }
  }
}

interface Path {
  name: string;
  prepare(): Promise<KeyWorld>;
  run(world: KeyWorld): Promise<unknown>;
  /** Said again by a person when the crash was before it was stored. */
  again?(world: KeyWorld): Promise<unknown>;
  endsWith: { keys: number; outcome: string };
}

const replaced = { keys: 1, outcome: 'fixed' };

async function delivered(): Promise<KeyWorld> {
  const world = await asked();
  await approve(await answer(world), world.loop);
  world.clock.nowMs += dayMs;
  world.ring.use('new-1');
  return world;
}

async function onHold(): Promise<KeyWorld> {
  const world = await delivered();
  await settleLeftovers(world.loop);
  return world;
}

const paths: Path[] = [
  {
    name: 'approve, create and deliver',
    prepare: asked,
    run: async (world) => approve(await answer(world), world.loop),
    again: async (world) => approve(await answer(world), world.loop),
    endsWith: replaced,
  },
  {
    name: 'verify and deactivate',
    prepare: delivered,
    run: (world) => settleLeftovers(world.loop),
    endsWith: replaced,
  },
  {
    name: 'delete after the hold',
    prepare: async () => {
      const world = await onHold();
      world.clock.nowMs += 8 * dayMs;
      return world;
    },
    run: (world) => settleLeftovers(world.loop),
    endsWith: replaced,
  },
  {
    name: 'undo during the hold',
    prepare: onHold,
    run: async (world) => undo(await answer(world), world.loop),
    again: async (world) => undo(await answer(world), world.loop),
    endsWith: { keys: 2, outcome: 'undone' },
  },
];

/** A housekeeping that met the crash answers it as a failed line instead of dying. */
async function runToTheCrash(path: Path, world: KeyWorld): Promise<void> {
  await path.run(world).catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
}

async function survives(path: Path, world: KeyWorld, revive: () => void, crash: string): Promise<void> {
  await runToTheCrash(path, world);
  revive();
  await settleLeftovers(world.loop);
  await path.again?.(world);
  await weeksLater(world);

  const { ring, safe } = world;
  const held = await onlyCase(world);
  expect(held, crash).toMatchObject({ outcome: path.endsWith.outcome });
  expect(held.closedAt, crash).not.toBeNull();
  expect(ring.active(), crash).toHaveLength(path.endsWith.keys);
  // No orphan: each key is the old one or the one whose secret the owner has.
  expect(
    [...ring.keys.keys()].filter((id) => id !== 'old'),
    crash,
  ).toEqual([safe.current?.keyId]);
  expect(ring.keys.has('old'), crash).toBe(path.endsWith.keys === 2);
  expect(safe.current?.secret, crash).toBe(canary + safe.current?.keyId);
  expect(safe.pending, crash).toBeNull();
  const entries = await world.history.entries(held.caseId);
  expect(JSON.stringify([held, entries]), crash).not.toContain(canary);
}

describe.each(paths)('a crash at any call of: $name', (path) => {
  it.each([
    'before',
    'after',
  ] as const)('(%s the call) leaves one working key, no orphan, no lost secret', async (when) => {
    const calm = await path.prepare();
    const { dying, revive } = dyingAt(calm, -1, when);
    await path.run(calm);
    revive();
    expect(dying.calls).toBeGreaterThan(8);

    for (let at = 1; at <= dying.calls; at += 1) {
      const world = await path.prepare();
      const crash = dyingAt(world, at, when);
      await survives(path, world, crash.revive, `crash ${when} call ${at} of ${dying.calls}`);
    }
  });
});

it('a crash between the two calls of a delivery leaves the same', async () => {
  const path = paths[0] as Path;
  const world = await path.prepare();
  await survives(path, world, dyingAt(world, -2, 'after').revive, 'between the calls of a delivery');
});

it('two crashes in a row, at any two calls of a new key and its delivery, leave the same', async () => {
  const path = paths[0] as Path;
  for (let first = 1; first <= 24; first += 1) {
    for (let second = 1; second <= 24; second += 4) {
      const world = await path.prepare();
      const one = dyingAt(world, first, 'after');
      await runToTheCrash(path, world);
      one.revive();
      const two = dyingAt(world, second, 'after');
      await settleLeftovers(world.loop).catch(() => {});
      two.revive();
      await survives(
        { ...path, run: path.again ?? path.run },
        world,
        () => {},
        `calls ${first} and ${second}`,
      );
    }
  }
});
