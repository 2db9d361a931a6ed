import type { Reducer } from './deed.ts';
import { firewallReducers } from './firewall.ts';

const of = (source: string, reducers: { [name: string]: Reducer }): [string, Reducer][] =>
  Object.entries(reducers).map(([name, reducer]) => [`${source}/${name}`, reducer]);

/** By `source/name`, the version of the API left off. */
export const reducers: ReadonlyMap<string, Reducer> = new Map([...of('ec2.amazonaws.com', firewallReducers)]);

/** Names of all calls that change something guarded. */
export const names: ReadonlySet<string> = new Set([...reducers.keys()].map((key) => key.split('/')[1] ?? ''));
