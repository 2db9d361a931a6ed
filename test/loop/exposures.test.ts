import { expect, test } from 'vitest';
import { accountBlockPublicAccess } from '../../lib/controls/account-block-public-access.ts';
import { bucketBlockPublicAccess } from '../../lib/controls/bucket-block-public-access.ts';
import { publicBucket } from '../../lib/controls/public-bucket.ts';
import { stateFingerprint } from '../../lib/kinds.ts';
import type { Resource, Trigger } from '../../lib/model.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { makeWorld, opened } from './harness.ts';

const place = { provider: 'memory', account: '123456789012' } as const;
const account: Resource = { ...place, region: 'global', kind: 'account', id: '123456789012' };
const bucket: Resource = { ...place, region: 'eu-central-1', kind: 'bucket', id: 'shop-data' };
const sweep: Trigger = { eventId: 'sweep-1', at: null, actor: null, name: 'sweep' };
const off: Trigger = { ...opened, eventId: 'event-2', name: 'DeleteAccountPublicAccessBlock' };

const outcomes = async (resource: Resource, trigger: Trigger, world: ReturnType<typeof makeWorld>) =>
  (await reconcile(resource, trigger, world.loop)).map((one) => one.outcome);

test('a sweep tells of an account-wide setting that was never seen on, and the event that turns it off is fixed', async () => {
  const world = makeWorld({ controls: [accountBlockPublicAccess] });
  world.cloud.put(account, accountBlockPublicAccess.examples.bad);

  expect(await outcomes(account, sweep, world)).toEqual(['told']);
  expect(await outcomes(account, off, world)).toEqual(['fixed']);
});

test('what an earlier sweep saw on is fixed by the next one that finds it off', async () => {
  const world = makeWorld({ controls: [accountBlockPublicAccess] });
  world.cloud.put(account, accountBlockPublicAccess.examples.good);
  expect(await outcomes(account, sweep, world)).toEqual(['clean']);

  world.cloud.put(account, accountBlockPublicAccess.examples.bad);

  expect(await outcomes(account, { ...sweep, eventId: 'sweep-2' }, world)).toEqual(['fixed']);
});

test('what one control mended does not stand in the way of undoing another', async () => {
  const world = makeWorld({ controls: [publicBucket, bucketBlockPublicAccess] });
  const { bad } = publicBucket.examples;
  world.cloud.put(bucket, bad);
  const done = await reconcile(bucket, { ...opened, name: 'PutBucketPolicy' }, world.loop);
  expect(done.map((one) => [one.control, one.outcome])).toContainEqual(['public-bucket', 'fixed']);
  const caseId = done.find((one) => one.control === 'public-bucket')?.caseId ?? '';

  const undone = await undo({ caseId, by: 'maria', exemptMs: 86_400_000 }, world.loop);

  const [now] = await world.cloud.read([bucket]);
  expect(undone.outcome).toBe('undone');
  expect(now?.status === 'found' && now.state.kind === 'bucket' && { ...now.state, settings: bad }).toEqual({
    ...bad,
    settings: bad,
  });
});

test('a statement that somebody added since is a reason not to undo', async () => {
  const world = makeWorld({ controls: [publicBucket] });
  world.cloud.put(bucket, publicBucket.examples.bad);
  const [done] = await reconcile(bucket, opened, world.loop);
  const [shut] = await world.cloud.read([bucket]);
  if (shut?.status !== 'found' || shut.state.kind !== 'bucket') throw new Error('the bucket is gone');
  const moved = { ...shut.state, statements: [] };
  world.cloud.put(bucket, moved);

  const undone = await undo({ caseId: done?.caseId ?? '', by: 'maria', exemptMs: 86_400_000 }, world.loop);

  const [now] = await world.cloud.read([bucket]);
  expect(undone.outcome).toBe('refused');
  expect(now?.status === 'found' && stateFingerprint(now.state)).toBe(stateFingerprint(moved));
});
