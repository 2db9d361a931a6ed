import { describe, expect, test } from 'vitest';
import type { Settings } from '../../lib/controls/control.ts';
import { controls, controlsFor } from '../../lib/controls/registry.ts';
import { type Kind, kinds, type State } from '../../lib/kinds.ts';
import type { Change, Hint, Resource } from '../../lib/model.ts';
import { type Normalised, normaliseAll } from '../../lib/normalise.ts';
import type { Provider, Reading } from '../../lib/ports.ts';
import { afterChanges } from '../../lib/providers/memory.ts';
import { respond } from '../../lib/respond.ts';
import { corpora, corpus } from '../corpora.ts';
import { makeWorld } from '../loop/harness.ts';

/** Every record that others published goes the whole way, in a cloud where all that it names is there. */

const names = [
  'asr_securityhub_findings',
  'aws_docs_events',
  'c7n_cwe_events',
  'cloudtrail_invictus_early',
  'cloudtrail_otrf_s3_exfil',
  'ocsf_aws_raw_samples',
  'panther_format_samples',
  'streamalert_format_samples',
  'openstack_keystone_cadf',
];

function eventsOf(name: string): Normalised[] {
  return corpus(`${name}.jsonl`).flatMap((line) => {
    const inner = ['event', 'record', 'body', 'data'].flatMap((field) =>
      field in line ? [line[field]] : [],
    );
    return (inner.length > 0 ? inner : [line]).flatMap(normaliseAll);
  });
}

const allKinds = Object.keys(kinds) as Kind[];

/** A state of each kind that no control minds, or every example that some control does. */
function closed(kind: Kind): State[] {
  const all = controls.filter((one) => one.kind === kind);
  return all
    .map((one) => one.examples.good)
    .filter((state) => all.every((one) => one.check(state, settingsOf(one.options.parse({}))) === null))
    .slice(0, 1);
}
const open = (kind: Kind): State[] => controlsFor(kind).map((one) => one.examples.bad);

function settingsOf(options: unknown): Settings {
  const now = new Date('2026-11-24T08:00:30.000Z');
  return { now, trusted: [], trustedAccounts: [], trustedOrganizations: [], options };
}

/** Whatever is asked for is there: behind a hint of a kind that only a cloud resolves, something of every kind. */
class FullCloud implements Provider {
  readonly name = 'aws';
  readonly kinds = allKinds;
  readonly applied: { resource: Resource; change: Change }[] = [];
  readonly #states = new Map<string, State>();
  readonly #made: (kind: Kind) => State[];

  constructor(made: (kind: Kind) => State[]) {
    this.#made = made;
  }

  async resolve({ provider, account, region, kind, id }: Hint): Promise<Resource[]> {
    const some = allKinds.includes(kind as Kind) ? [kind as Kind] : allKinds;
    return some.flatMap((one) =>
      this.#made(one).map((_, n): Resource => ({ provider, account, region, kind: one, id: `${id}~${n}` })),
    );
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    return resources.map((resource) => {
      const state = this.#states.get(keyOf(resource)) ?? this.#made(resource.kind as Kind)[nth(resource)];
      return state ? { status: 'found', state: structuredClone(state) } : { status: 'gone' };
    });
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    this.applied.push({ resource, change });
    const [reading] = await this.read([resource]);
    if (reading?.status === 'found') this.#states.set(keyOf(resource), afterChanges(reading.state, [change]));
    return change;
  }

  async *list(): AsyncIterable<Resource[]> {}
}

const keyOf = ({ account, region, kind, id }: Resource) => `${account}/${region}/${kind}/${id}`;
const nth = ({ id }: Resource) => Number(id.split('~').at(-1));

async function replay(name: string, cloud: FullCloud) {
  const world = makeWorld({ provider: cloud, controls: [...controls] });
  world.policy.limits = { ...world.policy.limits, fixesPerHour: 1_000_000, percentPerHour: 100 };
  const outcomes = [];
  for (const event of eventsOf(name)) {
    const regions = event.hints.map((one) => one.region);
    const places = event.hints.map(({ provider, account }) => ({ provider, account, regions }));
    outcomes.push(...(await respond(event, places, world.loop)));
  }
  return outcomes;
}

test('there is a state of nearly every kind that no control minds', () => {
  expect(allKinds.filter((kind) => closed(kind).length === 0)).toEqual([]);
});

describe.skipIf(corpora === null)('records of real accounts, handled to their end', () => {
  test.each(names)('%s: nothing is written to what is not exposed', async (name) => {
    const cloud = new FullCloud(closed);

    const outcomes = await replay(name, cloud);

    expect(cloud.applied).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(0);
    const bad = outcomes.filter((one) => !['clean', 'gone', 'ignored', 'told'].includes(one.outcome));
    expect(bad).toEqual([]);
  });

  test.each(names)('%s: what is exposed is shut once, asked or told, and never failed', async (name) => {
    const cloud = new FullCloud(open);

    const outcomes = await replay(name, cloud);

    const failed = outcomes.filter((one) => ['failed', 'unfixed'].includes(one.outcome));
    expect(failed.map((one) => [one.control, one.why])).toEqual([]);
    const steps = cloud.applied.map(({ resource, change }) => `${keyOf(resource)} ${JSON.stringify(change)}`);
    expect(steps.length).toBe(new Set(steps).size);
  });
});
