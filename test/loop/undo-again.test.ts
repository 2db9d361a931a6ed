import { expect, test } from 'vitest';
import { auditTrailStopped } from '../../lib/controls/audit-trail-stopped.ts';
import { bucketBlockPublicAccess } from '../../lib/controls/bucket-block-public-access.ts';
import { TerminalError } from '../../lib/errors.ts';
import type { Resource } from '../../lib/model.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { answerBy } from './crashing.ts';
import { makeWorld, opened } from './harness.ts';

const bucket: Resource = {
  provider: 'memory',
  account: '123456789012',
  region: 'eu-central-1',
  kind: 'bucket',
  id: 'example',
};

async function halfUndone() {
  const world = makeWorld({ controls: [bucketBlockPublicAccess] });
  world.cloud.put(bucket, structuredClone(bucketBlockPublicAccess.examples.bad));
  await reconcile(bucket, opened, world.loop);
  const apply = world.cloud.apply.bind(world.cloud);
  let calls = 0;
  world.cloud.apply = async (resource, change) => {
    calls += 1;
    if (calls > 1) throw new TerminalError('AccessDenied');
    return apply(resource, change);
  };
  const failed = await undo(await answerBy(world), world.loop);
  world.cloud.apply = apply;
  return { world, failed };
}

test('an undo that got half-way and failed is carried to its end when it is asked for again', async () => {
  const { world, failed } = await halfUndone();

  const again = await undo(await answerBy(world), world.loop);

  expect([failed.outcome, again.outcome]).toEqual(['failed', 'undone']);
  const [reading] = await world.cloud.read([bucket]);
  expect(reading).toEqual({ status: 'found', state: bucketBlockPublicAccess.examples.bad });
});

test('where no undo failed before, a switch that somebody turned off meanwhile is a reason to refuse', async () => {
  const world = makeWorld({ controls: [bucketBlockPublicAccess] });
  world.cloud.put(bucket, structuredClone(bucketBlockPublicAccess.examples.bad));
  await reconcile(bucket, opened, world.loop);
  const [shut] = (await world.history.find({ limit: 1 })).cases[0]?.shut ?? [];
  if (shut?.op !== 'set') throw new Error('no switch was turned on');
  await world.cloud.apply(bucket, { ...shut, from: true, to: false });

  const refused = await undo(await answerBy(world), world.loop);

  expect(refused.outcome).toBe('refused');
});

test('what somebody set to something else after an undo failed is theirs, and no second undo writes over it', async () => {
  const trail: Resource = { ...bucket, kind: 'trail', id: 'main' };
  const world = makeWorld({ controls: [auditTrailStopped] });
  world.cloud.put(trail, structuredClone(auditTrailStopped.examples.bad));
  await reconcile(trail, { ...opened, name: 'StopLogging' }, world.loop);
  const apply = world.cloud.apply.bind(world.cloud);
  world.cloud.apply = async () => {
    throw new TerminalError('AccessDenied');
  };
  const failed = await undo(await answerBy(world), world.loop);
  world.cloud.apply = apply;
  const theirs = { EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }] };
  await apply(trail, { op: 'set', part: 'settings', id: 'selectors', from: null, to: theirs });

  const again = await undo(await answerBy(world), world.loop);

  expect([failed.outcome, again.outcome]).toEqual(['failed', 'refused']);
  const [reading] = await world.cloud.read([trail]);
  expect(reading).toMatchObject({ state: { settings: { selectors: theirs } } });
});
