import { collect } from './json.ts';

/**
 * Which field of which event holds an id. `request` and `response` are the record's requestParameters and
 * responseElements, nested forms (`{CreateManagedPrefixListRequest: …}`) opened; `identity` is who called, for
 * the events that are about him. Only ids are taken from here: what has become of the resource is read from the
 * cloud.
 */
export interface Touched {
  request: unknown[];
  response: unknown[];
  identity: unknown[];
}
export interface Found {
  kind: string;
  id: string;
}
/** A way to the ids. `kinds`: which it may find, for the documentation. */
export interface Hints {
  (touched: Touched): Found[];
  kinds?: readonly string[];
}
export interface Row {
  source: string;
  names: readonly string[];
  hints: Hints;
}

export function finding(kinds: readonly string[], way: (touched: Touched) => Found[]): Hints {
  return Object.assign(way, { kinds });
}

function kindsOf(ways: readonly Hints[]): string[] {
  return [...new Set(ways.flatMap((way) => way.kinds ?? []))];
}

/** All ids at these paths. */
export function ids(kind: string, ...paths: string[]): Hints {
  return finding([kind], (touched) => {
    const found = paths.flatMap((path) => collect(touched, path));
    return [...new Set(found)].map((id) => ({ kind, id }));
  });
}

/** What the first row of the list finds that finds anything. */
export function firstOf(...ways: Hints[]): Hints {
  return finding(kindsOf(ways), (touched) => {
    for (const way of ways) {
      const found = way(touched);
      if (found.length > 0) return found;
    }
    return [];
  });
}

/** What all of them find, each once: request and response often name the same. */
export function allOf(...ways: Hints[]): Hints {
  return finding(kindsOf(ways), (touched) => {
    const found = ways.flatMap((way) => way(touched));
    return [...new Map(found.map((one) => [`${one.kind} ${one.id}`, one])).values()];
  });
}

/** The same thing, whatever the event says. */
export function always(kind: string, id: string): Hints {
  return finding([kind], () => [{ kind, id }]);
}

const worldwide = new Set([
  'user',
  'user-name',
  'role-name',
  'group-name',
  'managed-policy',
  'account-worldwide',
  'distribution-worldwide',
]);

/** What AWS keeps once for the account: its events come through one region, whichever are guarded. */
export function isWorldwide(kind: string): boolean {
  return worldwide.has(kind);
}
