import { fingerprint } from '../fingerprint.ts';
import { contentOf, invert, type Kind, kinds, partOf, type State } from '../kinds.ts';
import type { Change, Element, Hint, Resource } from '../model.ts';
import { resourceKey } from '../model.ts';
import type { Provider, Reading } from '../ports.ts';

/** A cloud in memory, for every kind: states are held as they are and changes touch exactly what they name. */
export class MemoryProvider implements Provider {
  readonly name = 'memory';
  readonly kinds = Object.keys(kinds) as Kind[];
  readonly #held = new Map<string, { resource: Resource; state: State }>();
  #nextId = 1;

  put(resource: Resource, state: State): void {
    this.#held.set(resourceKey(resource), { resource, state: structuredClone(state) });
  }

  remove(resource: Resource): void {
    this.#held.delete(resourceKey(resource));
  }

  async resolve(hint: Hint): Promise<Resource[]> {
    return [...this.#held.values()]
      .map((one) => one.resource)
      .filter((one) => one.kind === hint.kind && one.id === hint.id && one.account === hint.account);
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    return resources.map((resource) => {
      const held = this.#held.get(resourceKey(resource));
      return held ? { status: 'found', state: structuredClone(held.state) } : { status: 'gone' };
    });
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    const held = this.#held.get(resourceKey(resource));
    if (!held) return change;
    return applyToState(held.state, change, () => `assigned-${this.#nextId++}`);
  }

  async *list(account: string, region: string, kind: Kind): AsyncIterable<Resource[]> {
    const found = [...this.#held.values()].map((one) => one.resource);
    yield found.filter((one) => one.account === account && one.region === region && one.kind === kind);
  }
}

/** Applies one change to a state in place, as a provider would: idempotent, ids assigned where the kind says so. */
export function applyToState(state: State, change: Change, newId: () => string): Change {
  const part = partOf(state, change.part);
  if (change.op === 'set') {
    if (!Array.isArray(part)) part[change.id] = change.to;
    return change;
  }
  if (!Array.isArray(part)) throw new Error(`${change.part} of a ${state.kind} is no list`);
  const same = (element: Element) =>
    fingerprint(contentOf(state.kind, element)) === fingerprint(contentOf(state.kind, change.value));
  const at = part.findIndex((element) => element.id === change.value.id || same(element));
  if (change.op === 'remove') {
    if (at >= 0) part.splice(at, 1);
    return change;
  }
  if (at >= 0) return { ...change, value: part[at] as Element };
  const value = kinds[state.kind].idsAreAssigned ? { ...change.value, id: newId() } : change.value;
  part.splice(change.index ?? part.length, 0, structuredClone(value) as Element);
  return { ...change, value };
}

/** The state that a list of changes would leave behind. */
export function afterChanges<S extends State>(state: S, changes: readonly Change[]): S {
  const copy = structuredClone(state);
  let next = 0;
  for (const change of changes) applyToState(copy, change, () => `new-${next++}`);
  return copy;
}

/** The state before a list of changes that led to this one. */
export function beforeChanges<S extends State>(state: S, changes: readonly Change[]): S {
  return afterChanges(state, invert(changes));
}
