import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Control, Settings } from '../lib/controls/control.ts';
import { controls } from '../lib/controls/registry.ts';
import { elementsOf, withoutStatement } from '../lib/iam/document.ts';
import { kinds, partOf, type State } from '../lib/kinds.ts';
import type { Element, Exposure, Json } from '../lib/model.ts';
import { applyToState } from '../lib/providers/memory.ts';

/** Whatever a control meets, everything outside what it names in its finding is the same byte for byte. */

const settingsOf = (one: Control): Settings => ({
  now: new Date('2026-11-24T12:00:00Z'),
  trusted: ['198.51.100.0/24'],
  trustedAccounts: ['111122223333'],
  trustedOrganizations: [],
  options: one.options.parse({}),
});

/** Two examples thrown together: elements of both in any order, each some times over, and settings of either. */
function mixtures(one: Control): fc.Arbitrary<State> {
  const { bad, good } = one.examples;
  const parts = kinds[one.kind].parts.map((part) => {
    const [ofBad, ofGood] = [partOf(bad, part), partOf(good, part)];
    if (!Array.isArray(ofBad) || !Array.isArray(ofGood)) return [part, settings(ofBad, ofGood)] as const;
    const pool = [...ofBad, ...ofGood];
    return [
      part,
      isNamed(one) ? named([...new Map(pool.map((e) => [e.id, e])).values()]) : elements(pool),
    ] as const;
  });
  return fc.record(Object.fromEntries(parts)).map((mixed) => structuredClone({ ...bad, ...mixed }) as State);
}

function settings(bad: Element[] | { [name: string]: Json }, good: Element[] | { [name: string]: Json }) {
  const [a, b] = [bad, good] as [{ [name: string]: Json }, { [name: string]: Json }];
  const names = Object.keys({ ...a, ...b });
  // Settings go together: what one of them means depends on the others.
  return fc
    .record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(a, b)])))
    .map((chosen) =>
      Object.fromEntries(names.map((name) => [name, (chosen[name] ?? a)[name] ?? a[name] ?? null])),
    );
}

function elements(pool: readonly Element[]) {
  if (pool.length === 0) return fc.constant([] as Element[]);
  return fc
    .array(fc.constantFrom(...pool), { maxLength: 6 })
    .map((some) => some.map((element, index): Element => ({ ...element, id: `${element.id}~${index}` })));
}

/** The state itself says which of its elements is meant, by its id. */
const isNamed = ({ kind }: Control) => kind === 'key-pair';
const named = (pool: readonly Element[]) => fc.subarray([...pool]);

function foundIn(exposures: readonly Exposure[]) {
  return new Set(exposures.map((one) => `${one.part} ${one.id}`));
}

const bytes = (value: unknown) => JSON.stringify(value);

describe.each(controls.map((one) => [`${one.name} of a ${one.kind}`, one] as const))('%s', (_name, one) => {
  test('touches what it found, and leaves everything else as it was', () => {
    let touched = 0;
    fc.assert(
      fc.property(mixtures(one), (before) => {
        const about = settingsOf(one);
        const exposures = one.check(before, about)?.exposures.filter((e) => e.tell === undefined) ?? [];
        const changes = exposures.length === 0 ? [] : one.fix(before, exposures, about);
        touched += changes.length;
        const after = structuredClone(before);
        let next = 0;
        for (const change of changes) applyToState(after, change, () => `new-${next++}`);

        const found = foundIn(exposures);
        for (const change of changes) {
          if (change.op === 'set') expect(found).toContain(`${change.part} ${change.id}`);
          // A network ACL is also closed by a denial in front; what goes is always what was found.
          if (change.op === 'remove' && one.kind !== 'endpoint')
            expect(found).toContain(`${change.part} ${change.value.id}`);
        }
        for (const [field, held] of Object.entries(before)) {
          if (!kinds[one.kind].parts.includes(field)) expect(bytes(partOf(after, field))).toBe(bytes(held));
        }
        for (const part of kinds[one.kind].parts) expectKept(before, after, part, changes.map(keyOf));
      }),
      { numRuns: 60 },
    );
    // A property that never met an exposure would prove nothing.
    const changeable = one.check(one.examples.bad, settingsOf(one))?.exposures.some((e) => !e.tell) ?? false;
    expect(touched > 0).toBe(changeable);
  });
});

function keyOf(change: ReturnType<Control['fix']>[number]): string {
  return `${change.op} ${change.part} ${change.op === 'set' ? change.id : change.value.id}`;
}

function expectKept(before: State, after: State, part: string, changed: readonly string[]): void {
  const [old, now] = [partOf(before, part), partOf(after, part)];
  if (Array.isArray(old) && Array.isArray(now)) {
    const kept = old.filter((element) => !changed.includes(`remove ${part} ${element.id}`));
    const ids = new Set(kept.map((element) => element.id));
    expect(bytes(now.filter((element) => ids.has(element.id)))).toBe(bytes(kept));
    return;
  }
  const rest = (held: object) =>
    Object.entries(held).filter(([name]) => !changed.includes(`set ${part} ${name}`));
  expect(bytes(rest(now))).toBe(bytes(rest(old)));
}

test('of a policy text, however it is written, every statement that stays keeps its bytes and its place', () => {
  const spaces = fc.constantFrom('', ' ', '\n  ', '\t');
  const statement = fc.tuple(fc.boolean(), fc.nat(9), spaces).map(([isOpen, n, space]) => {
    const who = isOpen ? '"*"' : '{"AWS":"arn:aws:iam::123456789012:root"}';
    const text = `{${space}"Effect":${space}"Allow",${space}"Principal": ${who},"Action":["a:${n}"]${space}}`;
    return { isOpen, text };
  });
  fc.assert(
    fc.property(fc.array(statement, { minLength: 2, maxLength: 6 }), spaces, spaces, (list, space, tail) => {
      fc.pre(list.some((one) => !one.isOpen));
      const head = `{${space}"Id":"x",${space}"Statement":${space}[${space}`;
      const text = `${head}${list.map((one) => one.text).join(`${space},${space}`)}${tail}]${space}}`;
      let left = text;
      const open = (elementsOf(text) ?? []).filter((_, index) => list[index]?.isOpen);
      for (const one of open.toReversed()) left = withoutStatement(left, one) ?? '';

      const kept = list.filter((one) => !one.isOpen).map((one) => one.text);
      let at = left.startsWith(head) ? head.length : -1;
      expect(at).toBe(head.length);
      for (const one of kept) {
        at = left.indexOf(one, at);
        expect(at).toBeGreaterThan(-1);
        at += one.length;
      }
      expect(left.slice(at).trim().replace(/\s/g, '')).toBe(']}');
      expect(elementsOf(left)).toHaveLength(kept.length);
    }),
  );
});
