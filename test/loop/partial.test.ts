import { describe, expect, test } from 'vitest';
import type { Control } from '../../lib/controls/control.ts';
import { controls } from '../../lib/controls/registry.ts';
import { TerminalError } from '../../lib/errors.ts';
import { keyOfChange } from '../../lib/fingerprint.ts';
import { type State, stateFingerprint } from '../../lib/kinds.ts';
import type { Change, Exposure, Resource } from '../../lib/model.ts';
import type { Provider } from '../../lib/ports.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { makeWorld, opened } from './harness.ts';

/** One of several fixes is refused: what got through is kept, what is left is named, and the next try ends it. */

const about = (control: Control) => ({
  now: new Date('2026-11-24T08:00:30.000Z'),
  trusted: [],
  trustedAccounts: [],
  trustedOrganizations: [],
  options: control.options.parse({}),
});

/** What the loop fixes by itself of the bad example: two changes or more, none of which clears the way for another. */
function planOf(control: Control): { exposures: Exposure[]; changes: Change[] } {
  const { bad } = control.examples;
  const exposures = (control.check(bad, about(control))?.exposures ?? []).filter((e) => !e.ask && !e.tell);
  return { exposures, changes: exposures.length === 0 ? [] : control.fix(bad, exposures, about(control)) };
}
const several = controls.filter((one) => {
  const { exposures, changes } = planOf(one);
  return changes.length > 1 && changes.length === exposures.length && changes.every((c) => c.op !== 'add');
});

function refusing(cloud: MemoryProvider, refused: () => Change | null): Provider {
  return {
    name: 'memory',
    kinds: cloud.kinds,
    resolve: (hint) => cloud.resolve(hint),
    read: (resources) => cloud.read(resources),
    list: (account, region, kind) => cloud.list(account, region, kind),
    apply: async (resource, change) => {
      const no = refused();
      if (no !== null && keyOfChange(no) === keyOfChange(change))
        throw new TerminalError('AccessDenied: no permission for this one');
      return cloud.apply(resource, change);
    },
  };
}

test('there are several kinds to try it on', () => {
  expect(new Set(several.map((one) => one.kind)).size).toBeGreaterThan(4);
});

describe.each(
  several.map((one) => [`${one.name} of a ${one.kind}`, one] as const),
)('%s', (_name, control) => {
  const { changes } = planOf(control);
  const resource: Resource = {
    provider: 'memory',
    account: '123456789012',
    region: 'eu-central-1',
    kind: control.kind,
    id: '123456789012',
  };

  test.each(
    changes.map((change, index) => [index + 1, change] as const),
  )('fix %i is refused: unfixed, and the rest is named; then it is shut, and undone as a whole', async (_number, refused) => {
    const cloud = new MemoryProvider();
    cloud.put(resource, control.examples.bad);
    let isRefusing = true;
    const provider = refusing(cloud, () => (isRefusing ? refused : null));
    const world = makeWorld({ provider, controls: [control] });
    const stateNow = async () => {
      const [reading] = await cloud.read([resource]);
      if (reading?.status !== 'found') throw new Error('it is gone');
      return reading.state as State;
    };

    const [first] = await reconcile(resource, opened, world.loop);

    expect(first?.outcome).toBe('unfixed');
    expect(first?.why).toContain('AccessDenied');
    expect(first?.why).toContain('is still open to');
    expect(first?.changes.map(keyOfChange)).toEqual([keyOfChange(refused)]);
    const kept = await world.history.get(first?.caseId ?? '');
    expect(kept?.shut.map(keyOfChange).sort()).toEqual(
      changes
        .filter((one) => one !== refused)
        .map(keyOfChange)
        .sort(),
    );
    expect(kept?.closedAt).toBeNull();

    isRefusing = false;
    const again = await reconcile(resource, { ...opened, eventId: 'event-2' }, world.loop);

    expect(again[0]).toMatchObject({ outcome: 'fixed', caseId: first?.caseId });
    const done = await undo({ caseId: first?.caseId ?? '', by: 'maria', exemptMs: 86_400_000 }, world.loop);
    expect(done.outcome).toBe('undone');
    expect(stateFingerprint(await stateNow())).toBe(stateFingerprint(control.examples.bad));
  });
});
