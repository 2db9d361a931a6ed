import { isRecord } from '../iam/statement.ts';
import { type Kind, partOf, type State } from '../kinds.ts';
import type { Element, Json, Resource } from '../model.ts';
import { type Replayed, replayed } from './blank.ts';
import type { Named, Step } from './deed.ts';

/** Whether a step fits what is known, for records of the same second, which stand in no order. */
export type Fit = 'fits' | 'unclear' | 'contradicts';

/** Begins the id of an element that no record gave one. */
const unnamed = 'unnamed:';
export const isUnnamed = (one: Element) => one.id.startsWith(unnamed);
const holds = (one: Element, fields: { [field: string]: Json }) =>
  Object.entries(fields).every(([name, value]) => one[name] === value);

type Writable = { [part: string]: Element[] | { [name: string]: Json } | Json };

/** A resource as far as the records tell of it. */
export class Replica {
  readonly resource: Resource;
  readonly #how: Replayed;
  #state: State;
  /** Parts of which every element is known, and settings (`settings/name`) of which the value is. */
  readonly #known = new Set<string>();
  #isGone = false;
  /** The first record found it there. */
  readonly wasThere: boolean;
  /** Steps that named what no record had told of. */
  unclear = 0;

  constructor(resource: Resource, first: Step) {
    const how = replayed[resource.kind as Kind];
    if (how === undefined) throw new Error(`a ${resource.kind} is not replayed`);
    this.resource = resource;
    this.#how = how;
    this.#state = how.blank(resource);
    this.wasThere = first.do !== 'make';
  }

  get state(): State | null {
    return this.#isGone ? null : this.#state;
  }

  /** Whether enough is known to judge it at all. */
  get isJudgeable(): boolean {
    const { needsWhole, needsAny } = this.#how;
    if (needsWhole) return this.isWhole;
    return needsAny === undefined || needsAny.some((name) => this.#known.has(`settings/${name}`));
  }

  /** Nothing is known of it, or all that is known is that it is gone: as if no record had told of it. */
  get isBlank(): boolean {
    return this.#isGone || (this.#known.size === 0 && this.#how.isBlank?.(this.#state) === true);
  }

  /** It was made in the records, so nothing of it is from before them. */
  get isWhole(): boolean {
    return this.#known.has('*');
  }

  /** Elements are there because a record put them; a setting may never have been told of. */
  knows(part: string, id: string): boolean {
    return Array.isArray(partOf(this.#state, part)) || this.#known.has(`${part}/${id}`);
  }

  /** What an element means; the id itself for settings. */
  meaningIn(part: string, id: string): string {
    const one = this.#list(part).find((element) => element.id === id);
    return one === undefined ? id : this.#meaningOf(one);
  }

  fit(step: Step): Fit {
    if (step.do === 'make') return this.#isGone || !this.#known.has('*') ? 'fits' : 'contradicts';
    if (step.do === 'end') return this.#isGone ? 'contradicts' : 'fits';
    if (step.do === 'take') return this.#targets(step).length > 0 ? 'fits' : 'unclear';
    if (step.do === 'put') {
      const stand = step.elements.some((one) => this.#standing(step.part, one) !== undefined);
      return stand ? 'contradicts' : 'fits';
    }
    return 'fits';
  }

  apply(step: Step): void {
    if (step.do === 'end') {
      this.#isGone = true;
      return;
    }
    if ((step.do === 'note' || step.do === 'count') && this.#isGone) return;
    if (step.do === 'make' || this.#isGone) this.#begin();
    if (step.do === 'make') {
      this.#known.add('*');
      Object.assign(this.#state, step.fields);
      for (const [part, held] of Object.entries(step.fields)) {
        if (Array.isArray(held)) this.#write(part, this.#withIds(held as Element[]));
      }
    } else if (step.do === 'fill') this.#fill(step);
    else if (step.do === 'put') this.#put(step.part, step.elements);
    else if (step.do === 'amend') this.#amend(step.part, step.element);
    else if (step.do === 'take') this.#take(step);
    else if (step.do === 'count') this.#count(step);
    else if (step.do === 'choose') this.#choose(step);
    else if (step.do === 'note') {
      this.#state = { ...this.#state, ...step.fields } as State;
      for (const name of step.proves ?? []) this.#known.add(`settings/${name}`);
    } else this.#set(step.part, step.values);
  }

  #begin(): void {
    this.#isGone = false;
    this.#known.clear();
    this.#state = this.#how.blank(this.resource);
  }

  #fill({ part, elements, among }: Extract<Step, { do: 'fill' }>): void {
    const others = among === undefined ? [] : this.#list(part).filter((one) => !holds(one, among));
    this.#write(part, [...others, ...this.#withIds(elements)]);
  }

  #count({ part, name, by }: Extract<Step, { do: 'count' }>): void {
    const held = (part === undefined ? this.#state : Reflect.get(this.#state, part)) as {
      [name: string]: Json;
    };
    const counted = { ...held, [name]: Math.max(0, Number(held[name] ?? 0) + by) };
    this.#state = (part === undefined ? counted : { ...this.#state, [part]: counted }) as State;
    this.#known.add(`settings/${name}`);
  }

  #choose({ part, name, gives }: Extract<Step, { do: 'choose' }>): void {
    const held = partOf(this.#state, part);
    if (Array.isArray(held)) return;
    const chosen = held[name];
    if (isRecord(chosen)) {
      this.#set(part, chosen);
      return;
    }
    this.unclear++;
    for (const one of gives) this.#known.delete(`${part}/${one}`);
  }

  #put(part: string, added: readonly Element[]): void {
    let list = this.#list(part);
    for (const one of this.#withIds(added)) {
      // A cloud takes no duplicate: what meant the same is gone, though no record told.
      const stays = (old: Element) => old.id !== one.id && this.#meaningOf(old) !== this.#meaningOf(one);
      list = [...list.filter(stays), one];
    }
    this.#write(part, list);
  }

  #amend(part: string, element: Element): void {
    const list = this.#list(part);
    if (!list.some((one) => one.id === element.id)) this.unclear++;
    else
      this.#write(
        part,
        list.map((one) => (one.id === element.id ? { ...one, ...element } : one)),
      );
  }

  #take(step: Named & { part: string }): void {
    const targets = new Set(this.#targets(step));
    const wanted = (step.ids?.length ?? 0) + (step.like?.length ?? 0);
    if (targets.size < wanted && !this.#known.has('*')) this.unclear += wanted - targets.size;
    this.#write(
      step.part,
      this.#list(step.part).filter((one) => !targets.has(one.id)),
    );
  }

  #set(part: string, values: { [name: string]: Json }): void {
    const held = partOf(this.#state, part);
    if (Array.isArray(held)) return;
    this.#write(part, { ...held, ...values });
    for (const name of Object.keys(values)) this.#known.add(`${part}/${name}`);
  }

  /** Ids of the standing elements that are meant. */
  #targets({ part, ids = [], like = [], among = {} }: Named & { part: string }): string[] {
    const list = this.#list(part);
    const byId = list.filter((one) => ids.includes(one.id)).map((one) => one.id);
    const byMeaning = like.flatMap((one) => this.#standing(part, one)?.id ?? []);
    const found = new Set([...byId, ...byMeaning]);
    // Ids that nothing told of are those of the elements that got none, where there are as many of them.
    const unmatched = ids.length - byId.length - byMeaning.length;
    const nameless = list.filter((one) => isUnnamed(one) && !found.has(one.id) && holds(one, among));
    if (unmatched > 0 && nameless.length === unmatched) for (const one of nameless) found.add(one.id);
    return [...found];
  }

  #standing(part: string, wanted: Element): Element | undefined {
    const list = this.#list(part);
    const meaning = this.#meaningOf(wanted);
    return list.find((one) => (wanted.id !== '' && one.id === wanted.id) || this.#meaningOf(one) === meaning);
  }

  #meaningOf(element: Element): string {
    return this.#how.meaning(element);
  }

  /** What a record gives no id is known by what it means. */
  #withIds(list: readonly Element[]): Element[] {
    return list.map((one) => (one.id === '' ? { ...one, id: `${unnamed}${this.#meaningOf(one)}` } : one));
  }

  #list(part: string): Element[] {
    const held = partOf(this.#state, part);
    return Array.isArray(held) ? held : [];
  }

  #write(part: string, held: Element[] | { [name: string]: Json }): void {
    // A new object, as controls may keep what they were given.
    this.#state = { ...this.#state, [part]: held } as State & Writable;
  }
}
