import { describe, expect, it } from 'vitest';
import { settleLeftovers } from '../../lib/housekeep.ts';
import type { AccountScope } from '../../lib/ports.ts';
import { keyNamed, rotateKey } from '../../lib/rotation/rotate.ts';
import { undo } from '../../lib/undo.ts';
import { credential } from './keyring.ts';
import { dayMs, makeKeyWorld, onlyCase } from './world.ts';

const guarded: AccountScope[] = [{ provider: 'memory', account: '123456789012', regions: ['r'] }];

describe('rotate by hand', () => {
  it('replaces a key of any age, and asked for twice at once makes one key', async () => {
    const world = makeKeyWorld();
    const key = world.ring.put('old', { createdAt: world.loop.now().toISOString() });

    const lines = await Promise.all([1, 2, 3].map(() => rotateKey(key, 'bob', world.loop)));

    expect(lines.map((line) => line.outcome)).toEqual(['told', 'told', 'told']);
    expect(world.ring.active()).toEqual(['old', 'new-1']);
    await onlyCase(world);
  });

  it('of an inactive key: a new one is delivered, the old one stays off and is deleted after the hold', async () => {
    const world = makeKeyWorld();
    const key = world.ring.put('old', { isActive: false });

    await rotateKey(key, 'bob', world.loop);

    expect(world.ring.active()).toEqual(['new-1']);
    expect((await onlyCase(world)).rotation).toMatchObject({ step: 'hold' });
    world.clock.nowMs += 8 * dayMs;
    await settleLeftovers(world.loop);
    expect([...world.ring.keys.keys()]).toEqual(['new-1']);
    const { caseId } = await onlyCase(world);
    const line = await undo({ caseId, by: 'bob', exemptMs: dayMs }, world.loop);
    expect(line.why).toContain('no provider brings a deleted key back');
  });

  it.each([
    ['a key that is none', 'gone', credential('none'), () => {}],
    ['a resource that is no key', 'refused', { ...credential('old'), kind: 'bucket' as const }, () => {}],
  ])('of %s is %s', async (_, outcome, resource) => {
    const world = makeKeyWorld();
    world.ring.put('old');

    expect(await rotateKey(resource, 'bob', world.loop)).toMatchObject({ outcome });
    expect(world.ring.active()).toEqual(['old']);
  });

  it('where nothing says where its new key goes is refused, and nothing is made', async () => {
    const world = makeKeyWorld({ deliveryFor: () => ({ refused: 'nowhere to deliver' }) });

    const line = await rotateKey(world.ring.put('old'), 'bob', world.loop);

    expect(line).toMatchObject({ outcome: 'refused', why: 'nowhere to deliver' });
    expect([...world.ring.keys.keys()]).toEqual(['old']);
  });

  it('is refused while frozen', async () => {
    const world = makeKeyWorld();
    world.frozen.why = 'stop';

    expect(await rotateKey(world.ring.put('old'), 'bob', world.loop)).toMatchObject({ outcome: 'refused' });
    expect([...world.ring.keys.keys()]).toEqual(['old']);
  });

  it('of a key in an account that is not guarded finds none', async () => {
    const world = makeKeyWorld();
    world.ring.put('old');

    const foreign = await keyNamed('old', 'bob', { guarded: [], loop: world.loop });
    const known = await keyNamed('old', 'bob', { guarded, loop: world.loop });

    expect(foreign).toMatchObject({ outcome: 'refused', resource: null });
    expect(known).toEqual(credential('old'));
  });
});

it('a key that is deleted between the call and the record is said to be gone, and no other is made', async () => {
  const world = makeKeyWorld();
  const key = world.ring.put('old');
  const { keysOf } = world.ring;
  let calls = 0;
  world.ring.keysOf = async (holder) => {
    calls += 1;
    if (calls === 2) world.ring.keys.delete('old');
    return keysOf.call(world.ring, holder);
  };

  expect(await rotateKey(key, 'bob', world.loop)).toMatchObject({ outcome: 'gone' });
  expect([...world.ring.keys.keys()]).toEqual([]);
});
