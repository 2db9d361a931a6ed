import { describe, expect, it } from 'vitest';
import type { Case } from '../../lib/cases.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { firewall, group, makeWorld, opened, rule, type World } from './harness.ts';

async function onlyCase(world: World): Promise<Case> {
  const { cases } = await world.history.find({ limit: 2 });
  expect(cases).toHaveLength(1);
  return cases[0] as Case;
}

/** The cloud takes the change and the process dies before it hears so. */
function dieAfterApply(world: World): () => void {
  const apply = world.cloud.apply.bind(world.cloud);
  world.cloud.apply = async (resource, change) => {
    await apply(resource, change);
    throw new Error('killed');
  };
  return () => {
    world.cloud.apply = apply;
    world.clock.nowMs += 300_000;
  };
}

describe('housekeeping', () => {
  it('settles as fixed what a crash left between the change and its record', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    const revive = dieAfterApply(world);
    await expect(reconcile(group, opened, world.loop)).rejects.toThrow('killed');
    revive();

    expect(await settleLeftovers(world.loop)).toMatchObject([
      { outcome: 'fixed', changes: [{ op: 'remove' }] },
    ]);
    expect(await onlyCase(world)).toMatchObject({ outcome: 'fixed', intent: null });
  });

  it('finishes an undo that was begun', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    await reconcile(group, opened, world.loop);
    const { caseId } = await onlyCase(world);
    const revive = dieAfterApply(world);
    await expect(undo({ caseId, by: 'bob', exemptMs: 1000 }, world.loop)).rejects.toThrow('killed');
    revive();

    expect(await settleLeftovers(world.loop)).toMatchObject([{ outcome: 'undone', caseId }]);
  });

  it('asks anew when the time of a question is over, and not before', async () => {
    const world = makeWorld();
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('a')]));
    await reconcile(group, opened, world.loop);
    expect(await settleLeftovers(world.loop)).toEqual([]);

    world.clock.nowMs += 2 * 86_400_000;

    expect(await settleLeftovers(world.loop)).toMatchObject([{ outcome: 'asked' }]);
    expect(world.told).toHaveLength(2);
  });
});
