import type { Actor, Element, Json, Resource } from '../model.ts';

/** What one record did to one resource, reduced to what a replay needs. */
export interface Deed {
  atMs: number;
  /** Its id; the same record by two files is one deed. */
  eventId: string;
  /** Which of the record's deeds it is. */
  nth: number;
  /** The API call. */
  name: string;
  actor: Actor | null;
  /** `id` may be a name that earlier records gave to a resource: see `alias`. */
  resource: Resource;
  step: Step;
}

/** Elements by id, or by what they mean where the record does not say their ids. */
export interface Named {
  ids?: readonly string[];
  like?: readonly Element[];
  /** What they have in common, for ids that no record has told of. */
  among?: { [field: string]: Json };
}

/**
 * The vocabulary of all kinds. `make`: the resource is new, so all of it is known. `put`: elements are added, or
 * replaced where one of this id stands. `amend`:
 * fields of a standing element change; of an unknown element nothing is known by that. `take`: elements are removed. `fill`: a whole part is known from here on.
 * `set`: settings. `note`: other fields of the state. `end`: the resource is gone.
 */
export type Step =
  | { do: 'make'; fields: { [field: string]: Json }; alias?: string }
  | { do: 'put'; part: string; elements: Element[] }
  | { do: 'amend'; part: string; element: Element }
  | ({ do: 'take'; part: string } & Named)
  | { do: 'fill'; part: string; elements: Element[] }
  | { do: 'set'; part: string; values: { [name: string]: Json } }
  | { do: 'note'; fields: { [field: string]: Json } }
  | { do: 'end' };

/** What a reducer says of a record: kind, id and step; place, time and actor are the same for all. */
export interface Said {
  kind: Resource['kind'];
  id: string;
  /** Where the resource is at home in no region. */
  isGlobal?: boolean;
  step: Step;
}

/** Request and response of a record, nested forms opened. */
export interface Call {
  name: string;
  /** ISO 8601. */
  at: string;
  account: string;
  region: string;
  request: unknown;
  response: unknown;
  eventId: string;
}

export type Reducer = (call: Call) => Said[];
