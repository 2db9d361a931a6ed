import { type Resource, resourceKey } from '../model.ts';
import type { Deed, Step } from './deed.ts';

/** Which resources the names in records mean, and what was told to all that have a name in common. */
export class CommonNames {
  readonly #aliases = new Map<string, string>();
  readonly #members = new Map<string, Map<string, Resource>>();
  /** The common names of a resource. */
  readonly #namesOf = new Map<string, Set<string>>();
  /** The last step of each sort that all of a name were told. */
  readonly #told = new Map<string, Map<Step['do'], Step>>();

  /** The deed as deeds of the resources that it means: none, one or several. */
  settle(deed: Deed): readonly Deed[] {
    const { names } = deed;
    if (names === undefined && this.#aliases.size === 0 && this.#namesOf.size === 0) return [deed];
    if (names?.every !== undefined) return this.#toAll(names.every, deed);
    const { account, region, kind, id } = deed.resource;
    const key = (name: string) => `${account}/${region}/${kind}/${name}`;
    if (names?.alias !== undefined) this.#aliases.set(key(names.alias), id);
    const known = this.#aliases.get(key(id));
    const settled = known === undefined ? deed : { ...deed, resource: { ...deed.resource, id: known } };
    if (settled.step.do === 'end') this.#leave(settled.resource);
    if (names?.of === undefined) return [settled];
    const common = key(names.of);
    if (settled.step.do === 'take') {
      this.#members.get(common)?.delete(resourceKey(settled.resource));
      return [settled];
    }
    const isNew = this.#join(common, settled.resource);
    const told = isNew ? [...(this.#told.get(common)?.values() ?? [])] : [];
    return [settled, ...told.map((step) => ({ ...settled, step }))];
  }

  /** Others that have a name in common with it. */
  othersOf(resource: Resource): Resource[] {
    const own = resourceKey(resource);
    const names = [...(this.#namesOf.get(own) ?? [])];
    const all = names.flatMap((name) => [...(this.#members.get(name) ?? [])]);
    return all.filter(([key]) => key !== own).map(([, one]) => one);
  }

  /** Who joins later is told too: a policy's document holds for whoever it is attached to. */
  #toAll(every: string, deed: Deed): Deed[] {
    const { account, region, kind } = deed.resource;
    const key = (name: string) => `${account}/${region}/${kind}/${name}`;
    const { like } = deed.names ?? {};
    const step = like === undefined ? deed.step : this.#told.get(key(like))?.get(deed.step.do);
    if (step === undefined) return [];
    const told = this.#told.get(key(every)) ?? new Map<Step['do'], Step>();
    this.#told.set(key(every), told.set(step.do, step));
    const members = [...(this.#members.get(key(every))?.values() ?? [])];
    return members.map((resource) => ({ ...deed, resource, step }));
  }

  #join(common: string, resource: Resource): boolean {
    const key = resourceKey(resource);
    const members = this.#members.get(common) ?? new Map<string, Resource>();
    const isNew = !members.has(key);
    this.#members.set(common, members.set(key, resource));
    this.#namesOf.set(key, (this.#namesOf.get(key) ?? new Set()).add(common));
    return isNew;
  }

  #leave(resource: Resource): void {
    const key = resourceKey(resource);
    for (const name of this.#namesOf.get(key) ?? []) this.#members.get(name)?.delete(key);
    this.#namesOf.delete(key);
  }
}
