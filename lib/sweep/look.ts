import pLimit from 'p-limit';
import { type Loop, line } from '../loop.ts';
import type { Outcome, Resource, Trigger } from '../model.ts';
import { resourceKey } from '../model.ts';
import type { Reading } from '../ports.ts';
import { reconcile } from '../reconcile.ts';
import { failedLine } from '../respond.ts';
import { keepShape, seenOn } from '../seen-on.ts';
import { Turn } from '../turn.ts';

/** How many exposed resources of one look are on their way at once. */
const width = 25;

/**
 * One look at many resources of a kind, with one outcome or more for each. Most have nothing open: for them this one
 * reading is enough. Whatever any control minds, and whatever has an open case, goes the whole way, with a reading of
 * its own under the lease, so that no change rests on what was read here.
 */
export async function look(
  resources: readonly Resource[],
  hasCase: ReadonlySet<string>,
  trigger: Trigger,
  loop: Loop,
): Promise<Outcome[][]> {
  const startedMs = loop.now().getTime();
  const usual = resources.filter((one) => !hasCase.has(resourceKey(one)));
  const readings = await readAll(usual, loop);
  const limit = pLimit(width);
  return Promise.all(
    resources.map((resource) =>
      limit(async () => {
        const reading = readings.get(resource);
        const outcomes = (reading && (await settled(resource, reading, trigger, loop))) ?? [];
        const all = outcomes.length > 0 ? outcomes : await wholeWay(resource, trigger, loop);
        return all.map((one) => ({ ...one, tookMs: loop.now().getTime() - startedMs }));
      }),
    ),
  );
}

async function readAll(resources: readonly Resource[], loop: Loop): Promise<Map<Resource, Reading>> {
  const [first] = resources;
  if (first === undefined) return new Map();
  const provider = loop.provider(first);
  // Tags may choose other options, and a glance may leave tags out.
  const readings =
    provider.glance && !loop.policy.optionsByTag
      ? await provider.glance(resources)
      : await provider.read(resources);
  return new Map(resources.flatMap((one, at) => (readings[at] ? [[one, readings[at]]] : [])));
}

/** The outcome where this reading is enough; null where it is not. */
async function settled(
  resource: Resource,
  reading: Reading,
  trigger: Trigger,
  loop: Loop,
): Promise<Outcome[] | null> {
  if (reading.status === 'error') return [{ ...failedLine(trigger.eventId, reading.error), resource }];
  if (reading.status === 'gone')
    return [line({ trigger, resource, outcome: 'gone', why: `${resource.id} does not exist` })];
  const { state } = reading;
  const seen = await seenOn(state, resource, trigger, loop);
  const minds = loop.controls
    .filter((one) => one.kind === resource.kind)
    .some((control) => {
      const turn = new Turn({ resource, control, trigger, loop, seen }, null, []);
      return control.check(state, turn.settings(state)) !== null;
    });
  if (minds) return null;
  await keepShape(state, resource, seen, loop);
  return [
    line({ trigger, resource, outcome: 'clean', why: `${state.name ?? resource.id}: nothing is open` }),
  ];
}

async function wholeWay(resource: Resource, trigger: Trigger, loop: Loop): Promise<Outcome[]> {
  try {
    return await reconcile(resource, trigger, loop);
  } catch (error) {
    return [{ ...failedLine(trigger.eventId, error), resource }];
  }
}
