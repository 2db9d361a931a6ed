import { type Resource, resourceKey } from '../model.ts';
import type { Deed } from './deed.ts';

type Actor = NonNullable<Deed['actor']>;

/** A deed as it waits in a file: who did it and to what by their numbers. */
export type Row = readonly [
  atMs: number,
  eventId: string,
  nth: number,
  name: string,
  actor: number | null,
  resource: number,
  step: Deed['step'],
  names?: Deed['names'],
];

/** Millions of deeds are of few actors and resources: each is kept once, and goes by its number. */
export class KeptOnce {
  readonly #actors = new Numbered<Actor>(({ name, type, via, sourceIp }) => {
    return `${name}\n${type}\n${via}\n${sourceIp}`;
  });
  readonly #resources = new Numbered<Resource>(resourceKey);

  of(deed: Deed): Deed {
    deed.actor &&= this.#actors.once(deed.actor);
    deed.resource = this.#resources.once(deed.resource);
    return deed;
  }

  rowOf({ atMs, eventId, nth, name, actor, resource, step, names }: Deed): Row {
    const who = actor && this.#actors.numberOf(actor);
    const row = [atMs, eventId, nth, name, who, this.#resources.numberOf(resource), step] as const;
    return names === undefined ? row : [...row, names];
  }

  deedOf([atMs, eventId, nth, name, who, resource, step, names]: Row): Deed {
    const actor = who === null ? null : this.#actors.at(who);
    const deed = { atMs, eventId, nth, name, actor, resource: this.#resources.at(resource), step };
    return names === undefined ? deed : { ...deed, names };
  }
}

class Numbered<Value> {
  readonly #keyOf: (value: Value) => string;
  readonly #numbers = new Map<string, number>();
  readonly #values: Value[] = [];

  constructor(keyOf: (value: Value) => string) {
    this.#keyOf = keyOf;
  }

  once(value: Value): Value {
    return this.at(this.numberOf(value));
  }

  numberOf(value: Value): number {
    const key = this.#keyOf(value);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#values.length);
    return this.#values.push(value) - 1;
  }

  at(number: number): Value {
    const value = this.#values[number];
    if (value === undefined) throw new Error(`nothing has the number ${number}`);
    return value;
  }
}
