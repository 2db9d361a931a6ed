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
  /** `id` may be a name that earlier records gave to a resource: see Said. */
  resource: Resource;
  step: Step;
  names?: Names;
}

/**
 * `alias`: what later calls may call the resource. `of`: a name that it has in common with others (whose key it is,
 * which policy it has); a `take` ends that. `every`: all resources of that common name are meant, as far as records
 * have told of them, and those that get it later; `like`: with the step that those of another name were told.
 */
export interface Names {
  alias?: string;
  of?: string;
  every?: string;
  like?: string;
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
 * fields of a standing element change; of an unknown element nothing is known by that. `take`: elements are removed.
 * `fill`: a whole part is known from here on, or (`among`) what of it has this in common. `set`: settings. `choose`:
 * settings that were set under a name take effect; what was not set then is unknown. `note`: other fields of the state;
 * `proves`: names under which controls find what these fields tell. `count`: a number among the facts changes by so
 * many, from nothing where no record told of it. `end`: the resource is gone.
 */
export type Step =
  | { do: 'make'; fields: { [field: string]: Json } }
  | { do: 'put'; part: string; elements: Element[] }
  | { do: 'amend'; part: string; element: Element }
  | ({ do: 'take'; part: string } & Named)
  | { do: 'fill'; part: string; elements: Element[]; among?: { [field: string]: Json } }
  | { do: 'set'; part: string; values: { [name: string]: Json } }
  | { do: 'choose'; part: string; name: string; gives: readonly string[] }
  | { do: 'note'; fields: { [field: string]: Json }; proves?: readonly string[] }
  | { do: 'count'; part?: string; name: string; by: number }
  | { do: 'end' };

/** What a reducer says of a record: kind, id and step; place, time and actor are the same for all. */
export interface Said {
  kind: Resource['kind'];
  id: string;
  names?: Names;
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
  /** Who called. */
  identity: unknown;
  /** What the service told beside request and response. */
  beside: unknown;
  eventId: string;
}

export type Reducer = (call: Call) => Said[];
