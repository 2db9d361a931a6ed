import { describe, expect, test } from 'vitest';
import { runSchedule } from '../../lib/handler/schedule.ts';
import type { Outcome, Resource } from '../../lib/model.ts';
import { resourceKey } from '../../lib/model.ts';
import type { AccountScope, Provider } from '../../lib/ports.ts';
import { type SweepOptions, type SweepProgress, sweep } from '../../lib/sweep.ts';
import { firewall, group, makeWorld, rule, type World } from '../loop/harness.ts';

const guarded: AccountScope[] = [
  { provider: 'memory', account: group.account, regions: [group.region, 'eu-west-1'] },
];

function groupNo(n: number, region = group.region): Resource {
  return { ...group, region, id: `sg-${String(n).padStart(4, '0')}` };
}

/** Quiet groups in two regions. */
function filled(world: World, count: number): Resource[] {
  const resources = Array.from({ length: count }, (_, n) => groupNo(n, guarded[0]?.regions[n % 2]));
  for (const one of resources) world.cloud.put(one, firewall([], { name: one.id }));
  return resources;
}

async function run({ loop }: World, options: SweepOptions = {}, most = Number.POSITIVE_INFINITY) {
  const lines: Outcome[] = [];
  let progress: SweepProgress | null = null;
  const onProgress = (now: SweepProgress) => {
    progress = now;
    options.onProgress?.(now);
  };
  for await (const one of sweep(guarded, loop, { ...options, onProgress })) {
    lines.push(one);
    if (lines.length >= most) break;
  }
  return { lines, progress: progress as SweepProgress | null };
}

const idsOf = (lines: readonly Outcome[]) => lines.map((one) => one.resource?.id ?? '');

/** Counts reads, and can be told to fail. */
function watched(world: World): Provider & { reads: string[]; broken: Set<string> } {
  const reads: string[] = [];
  const broken = new Set<string>();
  return {
    name: world.cloud.name,
    kinds: world.cloud.kinds,
    reads,
    broken,
    resolve: (hint) => world.cloud.resolve(hint),
    read: async (resources) => {
      reads.push(...resources.map((one) => one.id));
      const answers = await world.cloud.read(resources);
      return answers.map((answer, at) =>
        broken.has(resources[at]?.id ?? '') ? { status: 'error', error: new Error('no answer') } : answer,
      );
    },
    apply: (resource, change) => world.cloud.apply(resource, change),
    list: (account, region, kind) => {
      if (broken.has(region)) throw new Error(`${region} is closed`);
      return world.cloud.list(account, region, kind);
    },
  };
}

describe('a sweep', () => {
  test('has a line for every resource of every region, and reads what is quiet once', async () => {
    const world = makeWorld();
    const cloud = watched(world);
    const resources = filled(world, 250);

    const { lines, progress } = await run({ ...world, loop: { ...world.loop, provider: () => cloud } });

    expect(idsOf(lines).toSorted()).toEqual(resources.map((one) => one.id));
    expect(new Set(lines.map((one) => one.outcome))).toEqual(new Set(['clean']));
    expect(cloud.reads.toSorted()).toEqual(resources.map((one) => one.id));
    expect(progress).toMatchObject({ done: 250, total: 250, unreadCount: 0, carriedOn: null });
  });

  test('shuts what is open by a reading of its own', async () => {
    const world = makeWorld();
    const cloud = watched(world);
    filled(world, 3);
    world.cloud.put(groupNo(1, 'eu-west-1'), firewall([rule('sgr-1')]));

    const { lines } = await run({ ...world, loop: { ...world.loop, provider: () => cloud } });

    expect(lines.map((one) => one.outcome).toSorted()).toEqual(['clean', 'clean', 'fixed']);
    expect(cloud.reads.filter((id) => id === 'sg-0001')).toHaveLength(3);
  });

  test('changes nothing that was closed since it was glanced at', async () => {
    const world = makeWorld();
    const cloud = watched(world);
    world.cloud.put(group, firewall([rule('sgr-1')]));
    const glance: Provider['glance'] = async (resources) => {
      const answers = await cloud.read(resources);
      world.cloud.put(group, firewall([]));
      return answers;
    };

    const { lines } = await run({
      ...world,
      loop: { ...world.loop, provider: () => ({ ...cloud, glance }) },
    });

    expect(lines.map((one) => one.outcome)).toEqual(['clean']);
    expect((await world.history.find({ limit: 10 })).cases).toEqual([]);
  });

  test('looks at a resource with an open case although no list names it any more', async () => {
    const world = makeWorld();
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('sgr-1')]));
    await run(world);
    world.cloud.remove(group);

    const { lines } = await run(world);

    expect(lines).toMatchObject([{ resource: { id: group.id }, outcome: 'gone' }]);
  });

  test('says what it could not list or read, once more at its end', async () => {
    const world = makeWorld();
    const cloud = watched(world);
    filled(world, 4);
    cloud.broken.add('eu-west-1').add('sg-0002');

    const { lines, progress } = await run({ ...world, loop: { ...world.loop, provider: () => cloud } });

    expect(lines.filter((one) => one.outcome === 'failed').map((one) => one.why)).toEqual([
      `the firewalls of ${group.account} in eu-west-1 could not be listed: eu-west-1 is closed`,
      'no answer',
    ]);
    expect(progress?.unread).toEqual([
      `the firewalls of ${group.account} in eu-west-1 could not be listed: eu-west-1 is closed`,
      `${resourceKey(groupNo(2))}: no answer`,
    ]);
  });

  test('under --dry-run writes nothing, not even its place', async () => {
    const world = makeWorld();
    filled(world, 250);

    await run({ ...world, loop: { ...world.loop, dryRun: true } }, {}, 150);

    expect(await world.history.setting('sweep/place')).toBeNull();
    expect(await world.history.setting(`count/memory/${group.account}/firewall`)).toBeNull();
  });
});

describe('a sweep that was broken off', () => {
  async function brokenOff(most = 250) {
    const world = makeWorld();
    const resources = filled(world, 450);
    const first = await run(world, {}, most);
    return { world, resources, first };
  }

  test('is carried on where it was: all resources are done, and few of them twice', async () => {
    const { world, resources, first } = await brokenOff();

    const second = await run(world);

    expect(second.progress).toMatchObject({ done: 450, total: 450 });
    expect(second.progress?.carriedOn).toBe('2026-11-24T08:00:30.000Z');
    expect(second.lines).toHaveLength(250);
    const told = new Set(idsOf([...first.lines, ...second.lines]));
    expect([...told].toSorted()).toEqual(resources.map((one) => one.id));
    expect(await world.history.setting('sweep/place')).toBeNull();
  });

  test('is not carried on a second time', async () => {
    const { world } = await brokenOff();
    await run(world);

    expect((await run(world)).lines).toHaveLength(450);
  });

  test('begins anew where it is told to, after a day, or for another policy file', async () => {
    const asked = await brokenOff();
    expect((await run(asked.world, { fromStart: true })).lines).toHaveLength(450);

    const late = await brokenOff();
    late.world.clock.nowMs += 25 * 3_600_000;
    expect((await run(late.world)).lines).toHaveLength(450);

    const other = await brokenOff();
    const lines: Outcome[] = [];
    const fewer = [{ ...(guarded[0] as AccountScope), regions: ['eu-west-1'] }];
    for await (const one of sweep(fewer, other.world.loop)) lines.push(one);
    expect(lines).toHaveLength(225);
  });

  test('begins anew where somebody wrote anything else in its place', async () => {
    const { world } = await brokenOff();
    await world.history.set('sweep/place', { stretch: 7 });

    expect((await run(world)).lines).toHaveLength(450);
  });

  test('still says at its end what its first part could not read', async () => {
    const world = makeWorld();
    const cloud = watched(world);
    filled(world, 450);
    const seen = { ...world, loop: { ...world.loop, provider: () => cloud } };
    cloud.broken.add('sg-0002');
    await run(seen, {}, 201);
    cloud.broken.clear();

    expect((await run(seen)).progress?.unread).toEqual([`${resourceKey(groupNo(2))}: no answer`]);
  });

  test('by a crash goes on from the last place that was written down', async () => {
    const world = makeWorld();
    filled(world, 450);
    const { loop, clock } = world;
    const lines: Outcome[] = [];
    const dying = sweep(guarded, loop);
    for (let n = 0; n < 350; n += 1) {
      clock.nowMs += 100;
      lines.push((await dying.next()).value);
    }
    // Nothing after this line of the first process runs; its lease ends by itself.
    clock.nowMs += 10 * 60_000;

    const second = await run(world);

    expect(second.progress?.carriedOn).not.toBeNull();
    expect(second.lines.length).toBeLessThan(450);
    expect(new Set(idsOf([...lines, ...second.lines])).size).toBe(450);
  });

  test('does not keep a second one beside a running one from looking at everything', async () => {
    const world = makeWorld();
    filled(world, 450);
    const running = sweep(guarded, world.loop);
    await running.next();

    expect((await run(world)).lines).toHaveLength(450);
  });

  test('because the time of a Lambda ran out is carried on by the next run', async () => {
    const world = makeWorld();
    filled(world, 450);
    const logged: { [name: string]: unknown }[] = [];
    const once = (calls: number) => {
      let left = calls;
      return runSchedule(null, {
        service: {
          sources: [],
          loop: world.loop,
          housekeep: async () => [],
          sweep: (options) => sweep(guarded, world.loop, options),
          async *scan() {},
        },
        inbox: null,
        log: (_, message, fields) => logged.push({ message, ...fields }),
        leftMs: () => {
          left -= 1;
          return left > 0 ? 900_000 : 1_000;
        },
      });
    };

    await once(300);
    await once(10_000);

    expect(logged.at(1)).toMatchObject({
      message: 'sweep stopped: too little time left',
      done: expect.any(Number),
    });
    expect(logged.at(-1)).toMatchObject({ message: 'sweep done', counts: { clean: 250 }, done: 450 });
  });
});
