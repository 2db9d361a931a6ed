import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { RetryableError } from '../../lib/errors.ts';
import type { FirewallState } from '../../lib/kinds/firewall.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { answerBy, Crash, crashing, revive, storyOf } from './crashing.ts';
import { firewall, group, makeWorld, opened, rule, type World } from './harness.ts';

const wide = firewall([
  rule('wide', { protocol: 'all', fromPort: null, toPort: null, description: 'any' }),
  rule('ssh', { peer: { type: 'cidr', cidr: '::/0' } }),
  rule('office', { peer: { type: 'cidr', cidr: '192.0.2.0/24' } }),
]);

interface Path {
  name: string;
  mode: 'fix' | 'ask';
  prepare(world: World): Promise<void>;
  run(world: World): Promise<unknown>;
}

const paths: Path[] = [
  {
    name: 'fix with narrowing',
    mode: 'fix',
    prepare: async () => {},
    run: (world) => reconcile(group, opened, world.loop),
  },
  { name: 'ask', mode: 'ask', prepare: async () => {}, run: (world) => reconcile(group, opened, world.loop) },
  {
    name: 'approve',
    mode: 'ask',
    prepare: async (world) => void (await reconcile(group, opened, world.loop)),
    run: async (world) => approve(await answerBy(world), world.loop),
  },
  {
    name: 'undo',
    mode: 'fix',
    prepare: async (world) => void (await reconcile(group, opened, world.loop)),
    run: async (world) => undo(await answerBy(world), world.loop),
  },
];

async function worldFor(path: Path, state: FirewallState): Promise<World> {
  const world = makeWorld();
  world.policy.mode = path.mode;
  world.cloud.put(group, state);
  await path.prepare(world);
  return world;
}

describe.each(paths)('a crash at any port call of $name', (path) => {
  it.each([
    'before',
    'after',
  ] as const)('(%s the call) ends in the same cloud state and history', async (when) => {
    const calm = await worldFor(path, wide);
    const { calls } = crashing(calm, -1, when);
    expect(calls).toBe(0);
    const counter = crashing(calm, -1, when);
    await path.run(calm);
    revive(calm);
    const expected = await storyOf(calm, group);

    for (let at = 1; at <= counter.calls; at += 1) {
      const world = await worldFor(path, wide);
      crashing(world, at, when);
      await expect(path.run(world)).rejects.toThrow(Crash);
      revive(world);
      const before = await storyOf(world, group);
      // What a person said and was not stored is said again; everything else comes back by itself.
      await reconcile(group, opened, world.loop);
      if (path.name === 'approve' || path.name === 'undo') await path.run(world);
      const after = await storyOf(world, group);
      for (const story of after.stories) story.entries = story.entries.filter((type) => type !== 'refused');
      expect(after, `crash ${when} call ${at}, which left ${JSON.stringify(before)}`).toEqual(expected);
    }
  });
});

describe('duplicates and reorderings', () => {
  it('of events, with passing errors in between, end shut, once, with innocent rules untouched', async () => {
    const step = fc.constantFrom('event', 'throttled-read', 'throttled-apply', 'reopen', 'close-by-hand');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const world = await worldFor(paths[0] as Path, wide);
        world.policy.limits.flap.times = 100;
        for (const one of steps) await play(one, world);
        // Each throttled call costs one try; then it must come right.
        for (let left = steps.length + 1; left > 0; left -= 1) await play('event', world);
        const [reading] = await world.cloud.read([group]);
        const rules = reading?.status === 'found' ? (reading.state as FirewallState).rules : [];
        expect(
          rules.some(
            (one) => one.description === null && one.peer.type === 'cidr' && one.peer.cidr === '192.0.2.0/24',
          ),
        ).toBe(true);
        expect(
          rules.every((one) => (one.protocol !== 'all' && one.fromPort !== 22) || one.id === 'office'),
        ).toBe(true);
        const open = await world.history.openCases('memory/123456789012/eu-central-1/firewall/sg-1');
        expect(open).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

async function play(step: string, world: World): Promise<void> {
  const { cloud } = world;
  const failOnce = (name: 'read' | 'apply') => {
    vi.spyOn(cloud, name).mockRejectedValueOnce(new RetryableError('throttled'));
  };
  if (step === 'throttled-read') failOnce('read');
  if (step === 'throttled-apply') failOnce('apply');
  if (step === 'reopen') {
    await MemoryProvider.prototype.apply.call(cloud, group, {
      op: 'add',
      part: 'rules',
      value: rule('new', { peer: { type: 'cidr', cidr: '::/0' } }),
    });
    return;
  }
  if (step === 'close-by-hand') {
    await MemoryProvider.prototype.apply.call(cloud, group, {
      op: 'remove',
      part: 'rules',
      value: rule('ssh'),
    });
    return;
  }
  await reconcile(group, opened, world.loop).catch((error: unknown) => {
    if (!(error instanceof RetryableError)) throw error;
  });
}
