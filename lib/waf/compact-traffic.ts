import { DistinctClients, type Sort, Traffic, type Traits, traitNames } from './traffic.ts';

/** Sorts that are written for one window out of one object. */
export const sortsWritten = 40;
/** What fewer than one request in so many have is no trait of an attack. */
const rareIn = 100;
/** https://docs.aws.amazon.com/waf/latest/APIReference/API_ByteMatchStatement.html: no rule can ask for more bytes. */
const longest = 200;

/**
 * Traffic in at most forty sorts. What is rare becomes empty, trait by trait, so that many clients who share only one
 * trait and vary every other one become one sort; nothing is lost of how many there were. Pure.
 */
export function compacted(traffic: Traffic): Sort[] {
  const frequent = traitNames.map((name) => frequentValues(name, traffic));
  const common = new Traffic();
  for (const sort of traffic.sorts()) common.add({ ...sort, traits: onlyFrequent(sort.traits, frequent) });
  const sorts = common.sorts().sort((a, b) => b.requests - a.requests);
  const rest = new Traffic();
  for (const sort of sorts.slice(sortsWritten - 1)) rest.add({ ...sort, traits: nothingInCommon });
  return [...sorts.slice(0, sortsWritten - 1), ...rest.sorts()];
}

const nothingInCommon: Traits = { tls: '', userAgent: '', shape: '', country: '', method: '' };

function frequentValues(name: keyof Traits, traffic: Traffic): Set<string> {
  const byValue = new Map<string, number>();
  for (const { traits, requests } of traffic.sorts()) {
    if (traits[name].length > longest) continue;
    byValue.set(traits[name], (byValue.get(traits[name]) ?? 0) + requests);
  }
  return new Set(
    [...byValue].flatMap(([value, requests]) => (requests * rareIn >= traffic.requests ? [value] : [])),
  );
}

function onlyFrequent(traits: Traits, frequent: readonly ReadonlySet<string>[]): Traits {
  const kept = { ...traits };
  for (const [at, name] of traitNames.entries()) if (!frequent[at]?.has(traits[name])) kept[name] = '';
  return kept;
}

/** As it is kept in a store: a row per sort, traits first, then its requests, its clients and, of several windows, its peak. */
export type TrafficRow = [string, string, string, string, string, number, number[], number?];

/** The `most` frequent sorts. */
export function trafficRows(traffic: Traffic, most: number): TrafficRow[] {
  const sorts = traffic.sorts().sort((a, b) => b.requests - a.requests);
  return sorts.slice(0, most).map(({ traits, requests, clients, peak }) => {
    const { tls, userAgent, shape, country, method } = traits;
    const row: TrafficRow = [tls, userAgent, shape, country, method, requests, clients.marks];
    if (peak !== undefined) row.push(peak);
    return row;
  });
}

export function trafficOf(rows: readonly TrafficRow[]): Traffic {
  const traffic = new Traffic();
  for (const [tls, userAgent, shape, country, method, requests, marks, peak] of rows) {
    const traits = { tls, userAgent, shape, country, method };
    traffic.add({
      traits,
      requests,
      clients: DistinctClients.of(marks),
      ...(peak !== undefined && { peak }),
    });
  }
  return traffic;
}
