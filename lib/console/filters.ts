import { durationMs } from '../commands/duration.ts';
import { messageOf } from '../errors.ts';
import { searchOf } from '../history/words.ts';
import { outcomes, providerNames, severities } from '../model.ts';
import type { CaseQuery } from '../ports.ts';

/** What an address asks for: the same filters on the page, in exports and in links that people share. Pure. */

export const filterNames = [
  'q',
  'since',
  'from',
  'to',
  'outcome',
  'severity',
  'control',
  'account',
  'provider',
  'actor',
  'resource',
  'open',
] as const;
export type FilterName = (typeof filterNames)[number];
export type Filters = { [name in FilterName]?: string };

export const spans = ['1h', '24h', '7d', '30d', '90d'] as const;

export interface Asked {
  /** As they were asked, for the form and for links. */
  filters: Filters;
  query: Omit<CaseQuery, 'limit'>;
  /** What was asked and makes no sense, in words. */
  problems: string[];
}

const valueMax = 2000;

export function askedFor(params: URLSearchParams, now: Date): Asked {
  const filters: Filters = {};
  for (const name of filterNames) {
    const value = params.get(name)?.trim().slice(0, valueMax);
    if (value) filters[name] = value;
  }
  const problems: string[] = [];
  const query: Omit<CaseQuery, 'limit'> = { ...timesOf(filters, now, problems) };
  const { account, control, actor, resource, q } = filters;
  if (account) query.account = account;
  if (control) query.control = control;
  if (actor) query.actor = actor;
  if (resource) query.resourceKey = resource;
  if (filters.open) query.open = true;
  const outcome = oneOf(outcomes, 'outcome', filters, problems);
  const severity = oneOf(severities, 'severity', filters, problems);
  const provider = oneOf(providerNames, 'provider', filters, problems);
  if (outcome) query.outcome = outcome;
  if (severity) query.severity = severity;
  if (provider) query.provider = provider;
  if (q) addSearch(q, query, problems);
  const cursor = params.get('cursor')?.slice(0, valueMax);
  if (cursor) query.cursor = cursor;
  return { filters, query, problems };
}

function addSearch(text: string, query: Omit<CaseQuery, 'limit'>, problems: string[]): void {
  // A whole key, as the case page shows it.
  if (/^[a-z]+\/[^/]*\/[^/]*\/[a-z-]+\/./.test(text)) {
    query.resourceKey = text;
    return;
  }
  try {
    searchOf(text);
    query.text = text;
  } catch (error) {
    problems.push(messageOf(error));
  }
}

function timesOf({ since, from, to }: Filters, now: Date, problems: string[]) {
  const times: { since?: string; until?: string } = {};
  const agoMs = since === undefined ? null : durationMs(since);
  if (agoMs !== null) times.since = new Date(now.getTime() - agoMs).toISOString();
  else if (since !== undefined) problems.push(`${since} is not a span such as 24h`);
  if (from !== undefined) {
    const at = timeOf(from, 'from', problems);
    if (at) times.since = at;
  }
  if (to !== undefined) {
    const at = timeOf(to, 'to', problems);
    if (at) times.until = at;
  }
  return times;
}

function timeOf(text: string, name: string, problems: string[]): string | null {
  // What a datetime-local field sends has no zone; the page says that its times are UTC.
  const ms = Date.parse(
    /[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}${text.includes('T') ? 'Z' : ''}`,
  );
  if (ms >= 0) return new Date(ms).toISOString();
  problems.push(`${name} is not a time`);
  return null;
}

function oneOf<Name extends string>(
  names: readonly Name[],
  filter: FilterName,
  filters: Filters,
  problems: string[],
): Name | undefined {
  const asked = filters[filter];
  const found = names.find((name) => name === asked);
  if (asked !== undefined && found === undefined) problems.push(`there is no ${filter} of this name`);
  return found;
}

/** `?outcome=fixed&since=24h`; empty where nothing is asked. */
export function linkOf(filters: Filters, more: { [name: string]: string } = {}): string {
  const params = new URLSearchParams();
  for (const name of filterNames) {
    const value = filters[name];
    if (value) params.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) params.set(name, value);
  return params.size === 0 ? '' : `?${params}`;
}
