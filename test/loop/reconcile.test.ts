import { describe, expect, it } from 'vitest';
import { approve, deny } from '../../lib/answer.ts';
import { brokenAt } from '../../lib/cases.ts';
import type { Control } from '../../lib/controls/control.ts';
import { publicPort } from '../../lib/controls/public-port.ts';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import type { FirewallState } from '../../lib/kinds/firewall.ts';
import { stateFingerprint } from '../../lib/kinds.ts';
import type { Outcome } from '../../lib/model.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { undo } from '../../lib/undo.ts';
import { firewall, group, makeWorld, opened, rule, type World } from './harness.ts';

const day = 86_400_000;

async function stateNow(world: World): Promise<FirewallState> {
  const [reading] = await world.cloud.read([group]);
  if (reading?.status !== 'found') throw new Error('the group is gone');
  return reading.state as FirewallState;
}

async function entryTypes(world: World, caseId: string): Promise<string[]> {
  return (await world.history.entries(caseId)).map((entry) => entry.story.type);
}

function only(outcomes: Outcome[]): Outcome & { caseId: string } {
  expect(outcomes).toHaveLength(1);
  const [one] = outcomes as [Outcome];
  return { ...one, caseId: one.caseId ?? '' };
}

async function visit(world: World): Promise<Outcome & { caseId: string }> {
  return only(await reconcile(group, opened, world.loop));
}

describe('an opened firewall', () => {
  it('is shut, and "fixed" is said after a fresh read', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('sgr-ssh'), rule('sgr-web', { fromPort: 443, toPort: 443 })]));

    const outcome = await visit(world);

    expect(outcome).toMatchObject({ outcome: 'fixed', control: 'public-port', eventId: 'event-1' });
    expect(outcome.changes.map((change) => change.text)).toEqual([
      'close tcp/22 (ssh) from 0.0.0.0/0 (sgr-ssh)',
    ]);
    expect((await stateNow(world)).rules.map((one) => one.id)).toEqual(['sgr-web']);
    expect(await entryTypes(world, outcome.caseId)).toEqual(['opened', 'intent', 'fixed']);
    expect(world.told).toEqual([{ caseId: outcome.caseId, outcome: 'fixed' }]);
  });

  it('with two open ports is one case with two changes and one undo', async () => {
    const world = makeWorld();
    const before = firewall([
      rule('a'),
      rule('b', { fromPort: 3389, toPort: 3389, description: 'rdp', tags: { t: '1' } }),
    ]);
    world.cloud.put(group, before);

    const fixed = await visit(world);
    expect(fixed.changes).toHaveLength(2);

    const undone = await undo({ caseId: fixed.caseId, by: 'bob', exemptMs: day }, world.loop);
    expect(undone.outcome).toBe('undone');
    expect(stateFingerprint(await stateNow(world))).toBe(stateFingerprint(before));
  });

  it('is clean the second time: no change, no second alert', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    await visit(world);

    const again = await visit(world);

    expect(again).toMatchObject({ outcome: 'clean', changes: [], control: null });
    expect(world.told).toHaveLength(1);
  });

  it('closed by hand before we arrive is left alone', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([]));
    expect(await visit(world)).toMatchObject({ outcome: 'clean' });
  });

  it('that is deleted meanwhile is gone', async () => {
    expect(await visit(makeWorld())).toMatchObject({ outcome: 'gone' });
  });

  it('that cannot be read is an error, never nothing there', async () => {
    const world = makeWorld({
      provider: Object.assign(Object.create(makeWorld().cloud), {
        read: async () => [{ status: 'error', error: new RetryableError('throttled') }],
      }),
    });
    await expect(reconcile(group, opened, world.loop)).rejects.toThrow('throttled');
    expect((await world.history.find({ limit: 10 })).cases).toEqual([]);
  });
});

describe('undo', () => {
  it('restores once; the second is refused without a call', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    const answer = { caseId, by: 'bob', exemptMs: day };
    await undo(answer, world.loop);

    expect(await undo(answer, world.loop)).toMatchObject({ outcome: 'refused' });
    expect((await stateNow(world)).rules).toHaveLength(1);
  });

  it('writes an exemption, so that the next sweep lets it be until its end', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    await undo({ caseId, by: 'bob', exemptMs: day }, world.loop);

    expect(await visit(world)).toMatchObject({ outcome: 'exempt' });
    world.clock.nowMs += day + 1;
    expect(await visit(world)).toMatchObject({ outcome: 'fixed' });
  });

  it('does not shelter what is opened beside it', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    await undo({ caseId, by: 'bob', exemptMs: day }, world.loop);
    const undone = await stateNow(world);
    world.cloud.put(group, firewall([...undone.rules, rule('b', { fromPort: 3389, toPort: 3389 })]));

    const outcome = await visit(world);

    expect(outcome.changes.map((change) => change.text)).toEqual(['close tcp/3389 (rdp) from 0.0.0.0/0 (b)']);
    expect((await stateNow(world)).rules).toHaveLength(1);
  });

  it('is refused when the state moved since', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    world.cloud.put(group, firewall([rule('new', { fromPort: 443, toPort: 443 })]));

    expect(await undo({ caseId, by: 'bob', exemptMs: day }, world.loop)).toMatchObject({
      outcome: 'refused',
    });
    expect((await stateNow(world)).rules.map((one) => one.id)).toEqual(['new']);
  });

  it('takes narrowing back: what it added goes, what it closed returns', async () => {
    const world = makeWorld();
    const wide = rule('wide', { protocol: 'all', fromPort: null, toPort: null, description: 'any' });
    world.cloud.put(group, firewall([wide]));
    const before = stateFingerprint(await stateNow(world));
    const { caseId, changes } = await visit(world);
    expect(changes.filter((change) => change.op === 'add').length).toBeGreaterThan(0);
    expect((await stateNow(world)).rules.length).toBeGreaterThan(0);

    await undo({ caseId, by: 'bob', exemptMs: day }, world.loop);

    expect(stateFingerprint(await stateNow(world))).toBe(before);
  });
});

describe('asking', () => {
  it('changes nothing, asks once, and shuts when approved', async () => {
    const world = makeWorld();
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('a')]));

    const asked = await visit(world);
    expect(asked).toMatchObject({ outcome: 'asked' });
    expect((await visit(world)).caseId).toBe(asked.caseId);
    expect(world.told).toHaveLength(1);
    expect((await stateNow(world)).rules).toHaveLength(1);

    expect(await approve({ caseId: asked.caseId, by: 'bob', exemptMs: day }, world.loop)).toMatchObject({
      outcome: 'fixed',
    });
    expect((await stateNow(world)).rules).toEqual([]);
    expect(await approve({ caseId: asked.caseId, by: 'bob', exemptMs: day }, world.loop)).toMatchObject({
      outcome: 'refused',
    });
  });

  const refusals: [string, (world: World) => void, string][] = [
    ['the one who opened it approves', () => {}, 'arn:aws:iam::123456789012:user/alice'],
    [
      'it comes after the window',
      (world) => {
        world.clock.nowMs += 2 * day;
      },
      'bob',
    ],
    [
      'everything is frozen',
      (world) => {
        world.frozen.why = 'drill';
      },
      'bob',
    ],
  ];
  it.each(refusals)('is refused when %s', async (_, change, by) => {
    const world = makeWorld();
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    change(world);

    expect(await approve({ caseId, by, exemptMs: day }, world.loop)).toMatchObject({ outcome: 'refused' });
    expect((await stateNow(world)).rules).toHaveLength(1);
  });

  it('asks anew, in the same case, when the plan has changed', async () => {
    const world = makeWorld();
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })]));

    const again = await approve({ caseId, by: 'bob', exemptMs: day }, world.loop);

    expect(again).toMatchObject({ outcome: 'asked', caseId });
    expect(again.changes).toHaveLength(2);
    expect((await stateNow(world)).rules).toHaveLength(2);
    expect(await approve({ caseId, by: 'bob', exemptMs: day }, world.loop)).toMatchObject({
      outcome: 'fixed',
    });
  });

  it('after a deny the same plan is exempt for a day, then asked again', async () => {
    const world = makeWorld();
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    expect(await deny({ caseId, by: 'bob', exemptMs: day }, world.loop)).toMatchObject({ outcome: 'exempt' });

    expect(await visit(world)).toMatchObject({ outcome: 'exempt' });
    world.clock.nowMs += day + 1;
    expect(await visit(world)).toMatchObject({ outcome: 'asked' });
  });
});

describe('restraint', () => {
  it('mode tell changes nothing and tells once', async () => {
    const world = makeWorld();
    world.policy.mode = 'tell';
    world.cloud.put(group, firewall([rule('a')]));
    expect(await visit(world)).toMatchObject({ outcome: 'told' });
    expect(await visit(world)).toMatchObject({ outcome: 'told' });
    expect(world.told).toHaveLength(1);
    expect((await stateNow(world)).rules).toHaveLength(1);
  });

  it('mode off looks away', async () => {
    const world = makeWorld();
    world.policy.mode = 'off';
    world.cloud.put(group, firewall([rule('a')]));
    expect(await visit(world)).toMatchObject({ outcome: 'clean' });
  });

  it('a dry run plans and writes nothing', async () => {
    const world = makeWorld();
    world.loop.dryRun = true;
    world.cloud.put(group, firewall([rule('a')]));
    expect(await visit(world)).toMatchObject({ outcome: 'planned', changes: [{ op: 'remove' }] });
    expect((await world.history.find({ limit: 1 })).cases).toEqual([]);
    expect((await stateNow(world)).rules).toHaveLength(1);
  });

  it('the kill switch holds within one call', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })]));
    const apply = world.cloud.apply.bind(world.cloud);
    world.cloud.apply = async (resource, change) => {
      world.frozen.why = 'incident';
      return apply(resource, change);
    };

    const outcome = await visit(world);

    expect(outcome.outcome).toBe('unfixed');
    expect(outcome.why).toContain('frozen (incident)');
    expect((await stateNow(world)).rules).toHaveLength(1);
    expect(await visit(world)).toMatchObject({ outcome: 'held' });
  });

  it('a fourth opening within the hour is held and names who opens it', async () => {
    const world = makeWorld();
    for (const id of ['a', 'b', 'c']) {
      world.cloud.put(group, firewall([rule(id)]));
      expect(await visit(world)).toMatchObject({ outcome: 'fixed' });
    }
    world.cloud.put(group, firewall([rule('d')]));
    const held = await visit(world);
    expect(held).toMatchObject({ outcome: 'held' });
    expect(held.why).toContain('user/alice');
    expect((await stateNow(world)).rules).toHaveLength(1);
    expect(await approve({ caseId: held.caseId, by: 'bob', exemptMs: day }, world.loop)).toMatchObject({
      outcome: 'fixed',
    });
  });

  it('more fixes than an hour allows are held, at least three of a kind are not', async () => {
    const world = makeWorld();
    await world.history.set('count/memory/123456789012/firewall', 5);
    const outcomes: string[] = [];
    for (const id of ['sg-1', 'sg-2', 'sg-3', 'sg-4']) {
      const resource = { ...group, id };
      world.cloud.put(resource, firewall([rule('a')]));
      outcomes.push(only(await reconcile(resource, opened, world.loop)).outcome);
    }
    expect(outcomes).toEqual(['fixed', 'fixed', 'fixed', 'held']);
  });

  it('a refused step is unfixed and names what is still open', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 3389, toPort: 3389 })]));
    const apply = world.cloud.apply.bind(world.cloud);
    world.cloud.apply = async (resource, change) => {
      if (change.op === 'remove' && change.value.id === 'b') throw new TerminalError('AccessDenied');
      return apply(resource, change);
    };

    const outcome = await visit(world);

    expect(outcome).toMatchObject({ outcome: 'unfixed' });
    expect(outcome.why).toMatch(/tcp\/3389 \(rdp\) is still open.*AccessDenied/);
    world.cloud.apply = apply;
    expect(await visit(world)).toMatchObject({ outcome: 'fixed', caseId: outcome.caseId });
    expect((await undo({ caseId: outcome.caseId, by: 'bob', exemptMs: day }, world.loop)).outcome).toBe(
      'undone',
    );
    expect((await stateNow(world)).rules).toHaveLength(2);
  });

  it('a call that answers well and does nothing is unfixed', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    world.cloud.apply = async (_, change) => change;
    expect(await visit(world)).toMatchObject({ outcome: 'unfixed' });
  });
});

describe('history', () => {
  it('holds an unbroken chain from opened to undone', async () => {
    const world = makeWorld();
    world.cloud.put(group, firewall([rule('a')]));
    const { caseId } = await visit(world);
    await undo({ caseId, by: 'bob', exemptMs: day }, world.loop);

    const entries = await world.history.entries(caseId);
    const head = await world.history.get(caseId);

    expect(entries.map((entry) => entry.story.type)).toEqual([
      'opened',
      'intent',
      'fixed',
      'undo-intent',
      'undone',
    ]);
    expect(head && brokenAt(entries, head)).toBeNull();
  });
});

describe('several controls on one resource', () => {
  it('the second one judges what the first one left', async () => {
    const seen: number[] = [];
    const counting: Control = {
      ...publicPort,
      name: 'counting',
      check: (state) => {
        if (state.kind === 'firewall') seen.push(state.rules.length);
        return null;
      },
    };
    const world = makeWorld({ controls: [publicPort, counting] });
    world.cloud.put(group, firewall([rule('a'), rule('b', { fromPort: 443, toPort: 443 })]));

    await reconcile(group, opened, world.loop);

    expect(seen).toEqual([1]);
  });
});
