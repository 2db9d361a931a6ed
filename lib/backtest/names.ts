import type { Resource } from '../model.ts';
import type { Deed, Step } from './deed.ts';

/**
 * Which resources the names in records mean, and what was told to all that have a name in common. Equal resources are
 * one object.
 */
export class CommonNames {
  readonly #aliases = new Map<string, Resource>();
  readonly #members = new Map<string, Set<Resource>>();
  /** The common names of a resource. */
  readonly #namesOf = new Map<Resource, Set<string>>();
  /** The last step of each sort that all of a name were told. */
  readonly #told = new Map<string, Map<Step['do'], Step>>();

  /** The deed as deeds of the resources that it means: none, one or several. */
  settle(deed: Deed): readonly Deed[] {
    const { names } = deed;
    if (names === undefined && this.#aliases.size === 0 && this.#namesOf.size === 0) return [deed];
    if (names?.every !== undefined) return this.#toAll(names.every, deed);
    const key = keysOf(deed.resource);
    if (names?.alias !== undefined) this.#aliases.set(key(names.alias), deed.resource);
    const resource = this.#aliases.get(key(deed.resource.id)) ?? deed.resource;
    const settled = resource === deed.resource ? deed : { ...deed, resource };
    if (settled.step.do === 'end') this.#leave(resource);
    if (names?.of === undefined) return [settled];
    const common = key(names.of);
    if (settled.step.do === 'take') {
      this.#members.get(common)?.delete(resource);
      return [settled];
    }
    const isNew = this.#join(common, resource);
    const told = isNew ? [...(this.#told.get(common)?.values() ?? [])] : [];
    return [settled, ...told.map((step) => ({ ...settled, step }))];
  }

  /** Others that have a name in common with it. */
  othersOf(resource: Resource): Resource[] {
    const names = [...(this.#namesOf.get(resource) ?? [])];
    const all = names.flatMap((name) => [...(this.#members.get(name) ?? [])]);
    return all.filter((one) => one !== resource);
  }

  /** Who joins later is told too: a policy's document holds for whoever it is attached to. */
  #toAll(every: string, deed: Deed): Deed[] {
    const key = keysOf(deed.resource);
    const { like } = deed.names ?? {};
    const step = like === undefined ? deed.step : this.#told.get(key(like))?.get(deed.step.do);
    if (step === undefined) return [];
    const told = this.#told.get(key(every)) ?? new Map<Step['do'], Step>();
    this.#told.set(key(every), told.set(step.do, step));
    return [...(this.#members.get(key(every)) ?? [])].map((resource) => ({ ...deed, resource, step }));
  }

  #join(common: string, resource: Resource): boolean {
    const members = this.#members.get(common) ?? new Set();
    const isNew = !members.has(resource);
    this.#members.set(common, members.add(resource));
    this.#namesOf.set(resource, (this.#namesOf.get(resource) ?? new Set()).add(common));
    return isNew;
  }

  #leave(resource: Resource): void {
    for (const name of this.#namesOf.get(resource) ?? []) this.#members.get(name)?.delete(resource);
    this.#namesOf.delete(resource);
  }
}

/** The same name in another account or region is another. */
function keysOf({ account, region, kind }: Resource): (name: string) => string {
  return (name) => `${account}/${region}/${kind}/${name}`;
}
