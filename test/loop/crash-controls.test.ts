import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approve } from '../../lib/answer.ts';
import type { Control } from '../../lib/controls/control.ts';
import { controls } from '../../lib/controls/registry.ts';
import type { State } from '../../lib/kinds.ts';
import { type Mode, type Resource, resourceKey } from '../../lib/model.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { answerBy, Crash, crashing, revive, storyOf, type When } from './crashing.ts';
import { makeWorld, opened, type World } from './harness.ts';
import { narrowed, otherPaths } from './narrowed.ts';

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

async function worldFor(control: Control, path: Path, state: State): Promise<World> {
  const world = makeWorld({ controls: [control] });
  world.policy.mode = path.mode;
  const resource = resourceOf(control);
  world.cloud.put(resource, structuredClone(state));
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

async function everyPoint(control: Control, path: Path, state: State): Promise<void> {
  const calm = await worldFor(control, path, state);
  const counter = crashing(calm, -1, 'before');
  await path.run(calm, resourceOf(control));
  const expected = await endOf(control, path, calm);

  for (const when of ['before', 'after'] satisfies When[]) {
    for (let at = 1; at <= counter.calls; at += 1) {
      const world = await worldFor(control, path, state);
      crashing(world, at, when);
      await expect(path.run(world, resourceOf(control))).rejects.toThrow(Crash);
      expect(await endOf(control, path, world), `crash ${when} call ${at} of ${counter.calls}`).toEqual(
        expected,
      );
      points += 1;
    }
  }
}

const atOnce = controls.filter((control) => !control.rotates);

describe.each(atOnce)('$name', (control) => {
  it.each(paths)('$name comes to the same end from a crash at any call', (path) =>
    everyPoint(control, path, control.examples.bad));
});

describe.each(Object.entries(narrowed))('what %s narrows instead of closing it', (name, state) => {
  const control = atOnce.find((one) => one.name === name) as Control;

  it.each(paths)('$name comes to the same end from a crash at any call', async (path) => {
    expect(opsOf(control, state)).toContain('add');

    await everyPoint(control, path, state);
  });
});

function opsOf(control: Control, state: State): string[] {
  const now = new Date('2026-11-24T08:00:00.000Z');
  const settings = { now, trusted: [], trustedAccounts: [], trustedOrganizations: [] };
  const asked = { ...settings, options: control.options.parse({}) };
  const exposures = control.check(state, asked)?.exposures ?? [];
  return control.fix(state, exposures, asked).map(({ op }) => op);
}

describe('no path of a control is forgotten', () => {
  it('whatever can open something narrower has such a state', () => {
    const folder = join(import.meta.dirname, '../../lib/controls');
    const adding = readdirSync(folder).filter((file) =>
      /op: 'add'|\bnarrow\(/.test(readFileSync(join(folder, file), 'utf8')),
    );
    const mayAdd = adding.map((file) => file.slice(0, -'.ts'.length)).filter((name) => name !== 'wide-rules');

    const addsInExample = atOnce.filter((control) => opsOf(control, control.examples.bad).includes('add'));
    const held = new Set([...Object.keys(narrowed), ...addsInExample.map(({ name }) => name)]);
    expect(mayAdd.filter((name) => !held.has(name))).toEqual([]);
    expect(mayAdd.length).toBeGreaterThan(5);
  });

  it('a control that replaces keys, or blocks, is held where that happens', () => {
    const rotating = controls.filter(({ rotates }) => rotates).map(({ name }) => name);
    const blocking = controls.filter(({ kind }) => kind === 'blocklist').map(({ name }) => name);

    expect(Object.keys(otherPaths.rotate)).toEqual(rotating);
    expect(Object.keys(otherPaths.block)).toEqual(blocking);
    for (const [name, file] of Object.entries({ ...otherPaths.rotate, ...otherPaths.block }))
      expect(readFileSync(join(import.meta.dirname, file), 'utf8'), file).toContain(`'${name}'`);
  });

  it('were crash points, each before and after', () => {
    expect(points).toBeGreaterThan(4000);
    console.info(`${points} crash points over ${atOnce.length} controls`);
  });
});
