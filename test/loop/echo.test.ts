import { expect, test } from 'vitest';
import { bucketBlockPublicAccess } from '../../lib/controls/bucket-block-public-access.ts';
import type { Control } from '../../lib/controls/control.ts';
import { publicBucket } from '../../lib/controls/public-bucket.ts';
import { publicPort } from '../../lib/controls/public-port.ts';
import type { State } from '../../lib/kinds.ts';
import type { Resource, Trigger } from '../../lib/model.ts';
import type { Reading } from '../../lib/ports.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { group, makeWorld, opened } from './harness.ts';

/** A cloud that shows what was before our change for a few more reads. */
class Stale extends MemoryProvider {
  readsLeft = 0;
  before: State | null = null;

  override async read(resources: readonly Resource[]): Promise<Reading[]> {
    if (this.readsLeft === 0 || this.before === null) return super.read(resources);
    this.readsLeft -= 1;
    return [{ status: 'found', state: structuredClone(this.before) }];
  }
}

const swept: Trigger = { eventId: 'sweep-1', at: null, actor: null, name: 'sweep' };
const controls: [string, Control][] = [
  ['rules', publicPort],
  ['statements', publicBucket],
  ['settings', bucketBlockPublicAccess],
];

async function shutOnce(control: Control) {
  const cloud = new Stale();
  const world = makeWorld({ provider: cloud, controls: [control] });
  const resource: Resource = { ...group, kind: control.kind };
  const state = stateOf(control);
  cloud.put(resource, state);
  cloud.before = state;
  const visit = async (trigger: Trigger) =>
    (await reconcile(resource, trigger, world.loop)).map((one) => one.outcome);
  expect(await visit(opened)).toEqual(['fixed']);
  return { ...world, cloud, resource, state, visit };
}

/** As bad as the example, and nothing in it that a person must be asked about. */
function stateOf({ examples: { bad } }: Control): State {
  return bad.kind === 'bucket' ? { ...bad, website: false, origins: [] } : bad;
}

test.each(
  controls,
)('%s that a cloud still shows after our fix are not shut, told and counted again', async (_, control) => {
  const { cloud, history, told, visit } = await shutOnce(control);
  const before = told.length;
  cloud.readsLeft = 3;
  expect(await visit(swept)).toEqual(['clean']);
  expect((await history.find({ limit: 10 })).cases).toHaveLength(1);
  expect(told).toHaveLength(before);
});

test.each(controls)('%s that are really back are shut again', async (_, control) => {
  const { cloud, clock, resource, state, visit } = await shutOnce(control);
  cloud.put(resource, state);
  const { nowMs } = clock;
  expect(await visit(swept)).toEqual(['fixed']);
  expect(clock.nowMs - nowMs).toBeLessThan(60_000);
});

test.each(controls.slice(1))('%s that an event says are back are shut at once', async (_, control) => {
  const { cloud, clock, resource, state, visit } = await shutOnce(control);
  cloud.put(resource, state);
  clock.nowMs += 5_000;
  const { nowMs } = clock;
  const again = { ...opened, eventId: 'event-2', at: new Date(nowMs).toISOString() };
  expect(await visit(again)).toEqual(['fixed']);
  expect(clock.nowMs).toBe(nowMs);
});
