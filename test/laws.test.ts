import { describe, expect, test } from 'vitest';
import type { Control, Settings } from '../lib/controls/control.ts';
import { controls, controlsFor } from '../lib/controls/registry.ts';
import { canonical } from '../lib/fingerprint.ts';
import { contentOf, invert, kinds, partOf, type State, stateFingerprint } from '../lib/kinds.ts';
import type { Change, Element } from '../lib/model.ts';
import { afterChanges, applyToState } from '../lib/providers/memory.ts';
import { passes, samplePackets } from './packets.ts';

/** Whatever is registered must keep these laws; a new control is covered by its registry line. */

const trusts: { [name: string]: string[] } = {
  'with no trusted network': [],
  'with a trusted network': ['198.51.100.0/24', '8.8.0.0/16', '2001:db8::/32'],
};

function settingsOf(one: Control, trusted: string[]): Settings {
  return {
    now: new Date('2026-11-24T12:00:00Z'),
    trusted,
    trustedAccounts: [],
    trustedOrganizations: [],
    options: one.options.parse({}),
  };
}

function planOf(one: Control, state: State, settings: Settings): Change[] {
  const finding = one.check(state, settings);
  const fixable = finding?.exposures.filter((exposure) => !exposure.tell) ?? [];
  return fixable.length === 0 ? [] : one.fix(state, fixable, settings);
}

/** Applies like a provider: the state moves and the changes come back with the ids they got. */
function applied(state: State, changes: readonly Change[]): { state: State; changes: Change[] } {
  const copy = structuredClone(state);
  let next = 0;
  return { changes: changes.map((change) => applyToState(copy, change, () => `new-${next++}`)), state: copy };
}

function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object') Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

/** The state with its lists sorted and the ids left out that a provider gives anew. */
function essence(state: State): string {
  const copy: { [field: string]: unknown } = { ...state };
  for (const part of kinds[state.kind].parts) {
    const held = partOf(state, part);
    if (Array.isArray(held)) copy[part] = held.map((e) => canonical(contentOf(state.kind, e))).sort();
  }
  return canonical(copy);
}

function listsOf(state: State): { part: string; elements: Element[] }[] {
  return kinds[state.kind].parts.flatMap((part) => {
    const held = partOf(state, part);
    return Array.isArray(held) ? [{ part, elements: held }] : [];
  });
}

test('names are unique for their kind and in kebab case, and each control says what it finds and does', () => {
  expect(new Set(controls.map((one) => `${one.kind} ${one.name}`)).size).toBe(controls.length);
  for (const one of controls) {
    expect(one.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(one.title.length).toBeGreaterThan(10);
    expect(one.remedy.length).toBeGreaterThan(10);
    expect(controlsFor(one.kind)).toContain(one);
  }
});

/** Nothing can be changed about what these find. */
const onlyTells = (one: Control) => {
  const finding = one.check(one.examples.bad, settingsOf(one, []));
  return finding?.exposures.every((exposure) => exposure.tell !== undefined) ?? false;
};

describe.each(controls.map((one) => [`${one.name} of a ${one.kind}`, one] as const))('%s', (_name, one) => {
  test('rejects an option that it does not have', () => {
    expect(one.options.safeParse({ noSuchOption: 1 }).success).toBe(false);
  });

  describe.each(Object.entries(trusts))('%s', (_trust, trusted) => {
    const settings = frozen(settingsOf(one, trusted));
    const bad = frozen(structuredClone(one.examples.bad));
    const changes = frozen(planOf(one, bad, settings));
    const after = frozen(applied(bad, changes).state);

    test('finds its bad example and says what, to whom and why', () => {
      const finding = one.check(bad, settings);

      expect(finding?.exposures.length).toBeGreaterThan(0);
      expect(finding?.why).toMatch(/^[A-Z].{20,}\.$/);
      for (const exposure of finding?.exposures ?? []) {
        const { parts, seen = [] } = kinds[one.kind];
        expect([...parts, ...seen]).toContain(exposure.part);
        expect(exposure.what).not.toBe('');
        expect(exposure.to).not.toBe('');
      }
    });

    test('passes its good example', () => {
      expect(one.check(frozen(structuredClone(one.examples.good)), settings)).toBeNull();
    });

    test('converges: after the fix nothing is left that could be fixed', () => {
      expect(changes.length > 0).toBe(!onlyTells(one));
      expect(one.check(after, settings)?.exposures.filter((exposure) => !exposure.tell) ?? []).toEqual([]);
    });

    test('fixing twice is fixing once', () => {
      expect(planOf(one, after, settings)).toEqual([]);
      expect(essence(afterChanges(after, changes))).toBe(essence(after));
    });

    test('undo restores exactly', () => {
      const fixed = applied(bad, changes);
      const undone = afterChanges(fixed.state, one.undo?.(fixed.changes) ?? invert(fixed.changes));

      expect(stateFingerprint(undone)).toBe(stateFingerprint(bad));
      expect(essence(undone)).toBe(essence(bad));
    });

    test('nothing else is touched', () => {
      const parts: { [part: string]: undefined } = {};
      for (const part of kinds[bad.kind].parts) parts[part] = undefined;
      expect({ ...after, ...parts }).toEqual({ ...bad, ...parts });

      const named = new Set(changes.flatMap((c) => (c.op === 'remove' ? [`${c.part} ${c.value.id}`] : [])));
      for (const { part, elements } of listsOf(bad)) {
        const others = elements.filter((element) => !named.has(`${part} ${element.id}`));
        const kept = new Set(others.map((element) => element.id));
        const left = (partOf(after, part) as Element[]).filter((element) => kept.has(element.id));
        expect(left).toEqual(others);
      }
    });

    test('what is removed or set is named as it stands in the state', () => {
      for (const change of changes) {
        const held = partOf(bad, change.part);
        if (change.op === 'remove') expect(held).toContainEqual(change.value);
        if (change.op === 'set' && !Array.isArray(held)) expect(held[change.id]).toEqual(change.from);
      }
    });

    const passesIn = passes[one.kind];
    test.skipIf(!passesIn)('the fix admits nobody new, not even for a moment', () => {
      for (let step = 1; step <= changes.length; step++) {
        const between = afterChanges(bad, changes.slice(0, step));
        const added = samplePackets.filter((packet) => passesIn?.(between, packet) && !passesIn(bad, packet));
        expect(added).toEqual([]);
      }
    });
  });
});
