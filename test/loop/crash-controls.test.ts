import { describe, expect, it } from 'vitest';
import { approve } from '../../lib/answer.ts';
import type { Control } from '../../lib/controls/control.ts';
import { controls } from '../../lib/controls/registry.ts';
import { type Mode, type Resource, resourceKey } from '../../lib/model.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { answerBy, Crash, crashing, revive, storyOf, type When } from './crashing.ts';
import { makeWorld, opened, type World } from './harness.ts';

/**
 * Every control, every path, every crash point: whichever call the process dies at, before or after it took effect,
 * the next delivery ends in the same cloud state and the same history.
 */

const resourceOf = (control: Control): Resource => ({
  provider: 'memory',
  account: '123456789012',
  region: 'eu-central-1',
  kind: control.kind,
  id: 'example',
});

interface Path {
  name: string;
  mode: Mode;
  prepare(world: World, resource: Resource): Promise<unknown>;
  run(world: World, resource: Resource): Promise<unknown>;
  /** What a person said and was not stored is said again; everything else comes back by itself. */
  isSaid: boolean;
}

const look = (world: World, resource: Resource) => reconcile(resource, opened, world.loop);

const paths: Path[] = [
  { name: 'fix', mode: 'fix', prepare: async () => {}, run: look, isSaid: false },
  { name: 'ask', mode: 'ask', prepare: async () => {}, run: look, isSaid: false },
  { name: 'tell', mode: 'tell', prepare: async () => {}, run: look, isSaid: false },
  {
    name: 'approve',
    mode: 'ask',
    prepare: look,
    run: async (world) => approve(await answerBy(world), world.loop),
    isSaid: true,
  },
  {
    name: 'undo',
    mode: 'fix',
    prepare: look,
    run: async (world) => undo(await answerBy(world), world.loop),
    isSaid: true,
  },
];

async function worldFor(control: Control, path: Path): Promise<World> {
  const world = makeWorld({ controls: [control] });
  world.policy.mode = path.mode;
  const resource = resourceOf(control);
  world.cloud.put(resource, structuredClone(control.examples.bad));
  // What the resource did is a note of its own, behind the fix.
  if (control.inquires) Object.assign(world.cloud, { deedsOf: async () => '12 calls' });
  // Sessions are refused up to the time at which a leak was heard of; a crash before that is a later time.
  if (control.name === 'exposed-key')
    await world.history.set(`on/${resourceKey(resource)}`, [`leak ${opened.at} sure example a report`]);
  await path.prepare(world, resource);
  return world;
}

const endOf = async (control: Control, path: Path, world: World) => {
  revive(world);
  await look(world, resourceOf(control));
  if (path.isSaid) {
    await path.run(world, resourceOf(control));
    await look(world, resourceOf(control));
  }
  const end = await storyOf(world, resourceOf(control));
  // To say a second time what was already done is refused, and that is all.
  for (const story of end.stories) story.entries = story.entries.filter((type) => type !== 'refused');
  return end;
};

let points = 0;

// A replacement takes days and has its own table.
describe.each(controls.filter((control) => !control.rotates))('$name', (control) => {
  it.each(paths)('$name comes to the same end from a crash at any call', async (path) => {
    const calm = await worldFor(control, path);
    const counter = crashing(calm, -1, 'before');
    await path.run(calm, resourceOf(control));
    const expected = await endOf(control, path, calm);

    for (const when of ['before', 'after'] satisfies When[]) {
      for (let at = 1; at <= counter.calls; at += 1) {
        const world = await worldFor(control, path);
        crashing(world, at, when);
        await expect(path.run(world, resourceOf(control))).rejects.toThrow(Crash);
        expect(await endOf(control, path, world), `crash ${when} call ${at} of ${counter.calls}`).toEqual(
          expected,
        );
        points += 1;
      }
    }
  });
});

it('were crash points, each before and after', () => {
  expect(points).toBeGreaterThan(1000);
  console.info(`${points} crash points over ${controls.length} controls`);
});
