import { describe, expect, it } from 'vitest';
import { approve, deny, exempt } from '../../lib/answer.ts';
import { noRules } from '../../lib/approvers.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { canary, credential } from './keyring.ts';
import { dayMs, type KeyWorld, makeKeyWorld, onlyCase, swept } from './world.ts';

async function begun(over: { mode?: 'fix' | 'ask' } = {}): Promise<KeyWorld> {
  const world = makeKeyWorld();
  world.policy.mode = over.mode ?? 'fix';
  await reconcile(world.ring.put('old'), swept, world.loop);
  return world;
}

/** Days go by, and housekeeping runs on each. */
async function days(world: KeyWorld, count: number, each: () => void = () => {}): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    world.clock.nowMs += dayMs;
    each();
    await settleLeftovers(world.loop);
  }
}

const answer = async (world: KeyWorld) => ({
  caseId: (await onlyCase(world)).caseId,
  by: 'bob',
  exemptMs: dayMs,
});

const deploys = { resource: credential('old'), owner: 'deploy' };

describe('an old key', () => {
  it('is asked about, and nothing is made before somebody agrees', async () => {
    const world = await begun({ mode: 'ask' });

    expect(await onlyCase(world)).toMatchObject({ outcome: 'asked' });
    expect(world.ring.active()).toEqual(['old']);
  });

  it('is replaced after an approval: delivered, used, deactivated, held, deleted', async () => {
    const world = await begun({ mode: 'ask' });

    expect(await approve(await answer(world), world.loop)).toMatchObject({ outcome: 'told' });
    expect(world.safe.current).toMatchObject({ keyId: 'new-1' });
    expect(world.ring.active()).toEqual(['old', 'new-1']);

    world.ring.use('new-1');
    await days(world, 1);
    expect(world.ring.active()).toEqual(['new-1']);
    expect(await onlyCase(world)).toMatchObject({ outcome: 'fixed', closedAt: null });
    await days(world, 6);
    expect([...world.ring.keys.keys()]).toEqual(['old', 'new-1']);
    await days(world, 1);
    expect([...world.ring.keys.keys()]).toEqual(['new-1']);
    const closed = await onlyCase(world);
    expect(closed.closedAt).not.toBeNull();
    const entries = await world.history.entries(closed.caseId);
    expect(
      entries.flatMap(({ story }) => ('rotation' in story && story.rotation ? [story.rotation.step] : [])),
    ).toEqual(['create', 'deliver', 'verify', 'deactivate', 'hold', 'delete', 'done']);
  });

  it('that was used yesterday is never deactivated for its age: after the date a person is asked', async () => {
    const world = await begun();
    await days(world, 20, () => world.ring.use('old'));

    expect(world.ring.active()).toEqual(['old', 'new-1']);
    expect(await onlyCase(world)).toMatchObject({ outcome: 'asked', changes: [{ to: 'Inactive' }] });

    await approve(await answer(world), world.loop);
    expect(world.ring.active()).toEqual(['new-1']);
  });

  it('stays when the person says no, and is asked about again when that time is over', async () => {
    const world = await begun();
    await days(world, 14, () => world.ring.use('old'));

    await deny({ ...(await answer(world)), exemptMs: 3 * dayMs }, world.loop);
    await days(world, 2, () => world.ring.use('old'));
    expect((await onlyCase(world)).asked).toBeNull();
    await days(world, 2, () => world.ring.use('old'));
    expect(await onlyCase(world)).toMatchObject({ outcome: 'asked' });
  });

  it('that the policy alone deactivated is deleted only when somebody agrees', async () => {
    const world = await begun();
    world.ring.use('new-1');
    await days(world, 10);

    expect(await onlyCase(world)).toMatchObject({ outcome: 'asked', changes: [{ to: 'Deleted' }] });
    await approve(await answer(world), world.loop);
    expect([...world.ring.keys.keys()]).toEqual(['new-1']);
  });

  it('is deleted only when two people agree where the policy wants two', async () => {
    const world = await begun();
    world.ring.use('new-1');
    await days(world, 10);
    const { severity } = await onlyCase(world);
    world.policy.people = { ...noRules, twoPeople: [severity] };

    const first = await approve(await answer(world), world.loop);
    const same = await approve(await answer(world), world.loop);
    world.clock.nowMs += 3_600_000;
    await settleLeftovers(world.loop);
    expect([first.outcome, same.outcome]).toEqual(['asked', 'refused']);
    expect([...world.ring.keys.keys()].toSorted()).toEqual(['new-1', 'old']);

    await approve({ ...(await answer(world)), by: 'ann' }, world.loop);
    expect([...world.ring.keys.keys()]).toEqual(['new-1']);
  });

  it('that is still used is not switched off before two people agree, either', async () => {
    const world = await begun({ mode: 'ask' });
    world.ring.use('old');
    await approve(await answer(world), world.loop);
    const { severity } = await onlyCase(world);
    world.policy.people = { ...noRules, twoPeople: [severity] };
    await days(world, 15, () => {
      world.ring.use('old');
      world.ring.use('new-1');
    });
    expect(await onlyCase(world)).toMatchObject({ outcome: 'asked', changes: [{ to: 'Inactive' }] });

    expect((await approve(await answer(world), world.loop)).outcome).toBe('asked');
    expect(world.ring.active()).toEqual(['old', 'new-1']);
    await approve({ ...(await answer(world)), by: 'ann' }, world.loop);
    expect(world.ring.active()).toEqual(['new-1']);
  });

  it('is told about once while its owner can have no further key', async () => {
    const world = makeKeyWorld();
    world.ring.put('other');

    const lines = await reconcile(world.ring.put('old'), swept, world.loop);

    expect(lines).toMatchObject([{ outcome: 'told' }]);
    expect(lines[0]?.why).toContain('can have no further key');
  });
});

describe('undo', () => {
  it('activates the old key again during the hold, and ends the replacement', async () => {
    const world = await begun();
    world.ring.use('new-1');
    await days(world, 2);

    expect(await undo(await answer(world), world.loop)).toMatchObject({ outcome: 'undone' });
    expect(world.ring.active()).toEqual(['old', 'new-1']);
    await days(world, 20);
    expect(world.ring.active()).toEqual(['old', 'new-1']);
    expect(await undo(await answer(world), world.loop)).toMatchObject({ outcome: 'refused' });
  });

  it('says honestly that it cannot bring a deleted key back', async () => {
    const world = await begun({ mode: 'ask' });
    await approve(await answer(world), world.loop);
    world.ring.use('new-1');
    await days(world, 9);

    const line = await undo(await answer(world), world.loop);

    expect(line).toMatchObject({ outcome: 'refused' });
    expect(line.why).toContain('no provider brings a deleted key back');
  });

  it('before anything was deactivated stops the replacement and takes nothing from the owner', async () => {
    const world = await begun();

    expect(await undo(await answer(world), world.loop)).toMatchObject({ outcome: 'undone' });
    await days(world, 30);
    expect(world.ring.active()).toEqual(['old', 'new-1']);
  });
});

describe('somebody else', () => {
  it('who makes a key in the same moment keeps it, and no further key is made', async () => {
    const world = makeKeyWorld();
    const resource = world.ring.put('old');
    const { keysOf } = world.ring;
    let calls = 0;
    world.ring.keysOf = async (holder) => {
      calls += 1;
      if (calls === 2) world.ring.put('hers', { maker: 'maria' });
      return keysOf.call(world.ring, holder);
    };

    const [line] = await reconcile(resource, swept, world.loop);

    expect(line).toMatchObject({ outcome: 'refused' });
    expect(line?.why).toContain('somebody else made hers');
    expect(world.ring.active()).toEqual(['old', 'hers']);
  });

  it('whose key the records do not show yet is waited for, and after an hour left alone', async () => {
    const world = makeKeyWorld();
    const resource = world.ring.put('old');
    const { create } = world.ring;
    world.ring.create = async (holder, caseId) => {
      await create.call(world.ring, holder, caseId);
      throw new Error('killed');
    };
    await expect(reconcile(resource, swept, world.loop)).rejects.toThrow('killed');
    world.ring.create = create;
    world.ring.recordLags = true;
    world.clock.nowMs += 600_000;
    expect(await settleLeftovers(world.loop)).toMatchObject([{ outcome: 'told' }]);
    expect(world.ring.active()).toEqual(['old', 'new-1']);

    world.clock.nowMs += 3_600_000;
    expect(await settleLeftovers(world.loop)).toMatchObject([{ outcome: 'refused' }]);
    expect(world.ring.active()).toEqual(['old', 'new-1']);
  });

  it.each([
    [
      'deletes the old key while the new one waits',
      'clean',
      (world: KeyWorld) => void world.ring.keys.delete('old'),
    ],
    ['deletes the new key', 'refused', (world: KeyWorld) => void world.ring.keys.delete('new-1')],
    [
      'deactivates the new key',
      'refused',
      (world: KeyWorld) => world.ring.setActive(deploys, 'new-1', false),
    ],
    [
      'deletes the user',
      'gone',
      (world: KeyWorld) => {
        world.ring.owners.clear();
        world.ring.keys.clear();
      },
    ],
  ])('%s: %s', async (_, outcome, act) => {
    const world = await begun();
    await act(world);
    world.clock.nowMs += dayMs;

    expect(await settleLeftovers(world.loop)).toMatchObject([{ outcome }]);
    expect((await onlyCase(world)).closedAt).not.toBeNull();
  });

  it('who deactivates the old key is taken at their word: the hold begins', async () => {
    const world = await begun();
    await world.ring.setActive(deploys, 'old', false);
    await days(world, 1);

    expect((await onlyCase(world)).rotation).toMatchObject({ step: 'hold' });
  });

  it('who activates the old key again during the hold ends the replacement', async () => {
    const world = await begun();
    world.ring.use('new-1');
    await days(world, 1);
    (world.ring.keys.get('old') as { isActive: boolean }).isActive = true;
    await days(world, 10);

    expect(await onlyCase(world)).toMatchObject({ outcome: 'refused' });
    expect(world.ring.active()).toEqual(['old', 'new-1']);
  });
});

it('a key that cannot be delivered is removed again', async () => {
  const world = makeKeyWorld();
  world.safe.refuses = 'AccessDenied';

  expect(await reconcile(world.ring.put('old'), swept, world.loop)).toMatchObject([{ outcome: 'failed' }]);
  expect([...world.ring.keys.keys()]).toEqual(['old']);
});

it('where keys cannot be deactivated, the old one is deleted once it is not used', async () => {
  const world = makeKeyWorld();
  world.policy.mode = 'ask';
  world.ring.canDeactivate = false;
  world.ring.afterwards = 'its tokens live on for up to five minutes';
  await reconcile(world.ring.put('old'), swept, world.loop);
  await approve(await answer(world), world.loop);
  world.ring.use('new-1');
  await days(world, 1);

  expect([...world.ring.keys.keys()]).toEqual(['new-1']);
  const entries = await world.history.entries((await onlyCase(world)).caseId);
  expect(JSON.stringify(entries)).toContain('five minutes');
});

it('where keys cannot be deactivated and nobody agreed, a person is asked before the old one is deleted', async () => {
  const world = makeKeyWorld();
  world.ring.canDeactivate = false;
  await reconcile(world.ring.put('old'), swept, world.loop);
  world.ring.use('new-1');
  await days(world, 3);

  expect(await onlyCase(world)).toMatchObject({ outcome: 'asked', changes: [{ to: 'Deleted' }] });
  expect(world.ring.active()).toEqual(['old', 'new-1']);
  await approve(await answer(world), world.loop);
  expect(world.ring.active()).toEqual(['new-1']);
});

it('a case whose key is being replaced cannot be made exempt, which would forget the old key', async () => {
  const world = await begun();

  const line = await exempt({ ...(await answer(world)), reason: 'later' }, world.loop);

  expect(line).toMatchObject({ outcome: 'refused' });
  expect((await onlyCase(world)).closedAt).toBeNull();
});

it('where nothing says whether a key is used, a person is asked after the date', async () => {
  const world = makeKeyWorld();
  world.ring.knowsUse = false;
  await reconcile(world.ring.put('old'), swept, world.loop);
  await days(world, 15);

  expect(await onlyCase(world)).toMatchObject({ outcome: 'asked' });
  expect(world.ring.active()).toEqual(['old', 'new-1']);
});

it('the kill switch stops it before the next call', async () => {
  const world = await begun();
  world.ring.use('new-1');
  world.frozen.why = 'stop';
  await days(world, 3);

  expect(world.ring.active()).toEqual(['old', 'new-1']);
  world.frozen.why = null;
  await days(world, 1);
  expect(world.ring.active()).toEqual(['new-1']);
});

it('no secret is in the history', async () => {
  const world = await begun();
  world.ring.use('new-1');
  await days(world, 2);

  const { cases } = await world.history.find({ limit: 10 });
  const kept = JSON.stringify([cases, await world.history.entries(cases[0]?.caseId ?? '')]);
  expect(world.safe.current?.secret).toContain(canary);
  expect(kept).not.toContain(canary);
});
