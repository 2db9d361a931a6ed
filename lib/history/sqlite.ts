import type { SQLInputValue } from 'node:sqlite';
import { type Act, type NewAct, sealAct } from '../acts.ts';
import type { Case, Entry, NewEntry } from '../cases.ts';
import { TerminalError } from '../errors.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Exemption, Json } from '../model.ts';
import type { CasePage, CaseQuery, History, Reservation } from '../ports.ts';
import { advance, factsOf, isTellable } from './advance.ts';
import { boundsOf, cursorOf, millisOf, positionOf } from './position.ts';
import { type Filter, filtersOf } from './selective.ts';
import { type OpenOptions, SqliteFile } from './sqlite-file.ts';
import { startsOf } from './words.ts';

type Body = { body: string };

/** Beyond so many cases the counting would cost as much as it spares. */
const countedMax = 25_000;

/** The history in one SQLite file. */
export class SqliteHistory implements History {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  /** See `SqliteFile.open`. */
  static open(path: string, options?: OpenOptions): SqliteHistory {
    return new SqliteHistory(SqliteFile.open(path, options));
  }

  async lease(key: string, owner: string, untilMs: number, nowMs: number): Promise<boolean> {
    const sql = `insert into leases (key, owner, until_ms) values (?, ?, ?)
       on conflict (key) do update set owner = excluded.owner, until_ms = excluded.until_ms
       where owner = excluded.owner or until_ms <= ?`;
    return this.#file.together(() => this.#file.run(sql, key, owner, untilMs, nowMs) > 0);
  }

  async release(key: string, owner: string): Promise<void> {
    await this.#file.together(() =>
      this.#file.run('delete from leases where key = ? and owner = ?', key, owner),
    );
  }

  /** Takes the leases of owners that are gone, so that nobody waits for what a killed process left. */
  releaseOf(isGone: (owner: string) => boolean): void {
    const owners = this.#file.all<{ owner: string }>('select distinct owner from leases');
    for (const { owner } of owners.filter((one) => isGone(one.owner)))
      this.#file.run('delete from leases where owner = ?', owner);
  }

  async append(entry: NewEntry, expectedSeq: number): Promise<Case> {
    return this.#file.together(() => {
      const { sealed, after } = advance(this.#get(entry.caseId), entry, expectedSeq);
      this.#file.run(
        'insert into entries (case_id, seq, type, at_ms, body) values (?, ?, ?, ?, ?)',
        ...[sealed.caseId, sealed.seq, sealed.story.type, Date.parse(sealed.at), JSON.stringify(sealed)],
      );
      this.#write(after);
      if (sealed.seq === 1) this.#note(after);
      if (isTellable(sealed.story)) this.#mark(sealed);
      if (sealed.story.type === 'fixed') this.#count(after, sealed);
      return after;
    });
  }

  #write(held: Case): void {
    const { resourceKey, control, account, outcome, actor, open, openedMs, ...facts } = factsOf(held);
    this.#file.run(
      `insert into cases (case_id, resource_key, control, account, outcome, actor, open, opened_ms, seq,
         severity, provider, words, body)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (case_id) do update
       set outcome = excluded.outcome, open = excluded.open, seq = excluded.seq, body = excluded.body`,
      ...[held.caseId, resourceKey, control, account, outcome, actor, open ? 1 : 0, openedMs, held.seq],
      ...[facts.severity, facts.provider, facts.words, JSON.stringify(held)],
    );
  }

  /** Under the first letters of its words, which never change. */
  #note(held: Case): void {
    const { words, openedMs } = factsOf(held);
    const sql = 'insert or ignore into case_words (start, opened_ms, case_id) values (?, ?, ?)';
    for (const start of startsOf(words)) this.#file.run(sql, start, openedMs, held.caseId);
  }

  #mark({ caseId, seq, at }: Entry): void {
    const sql = 'update cases set tellable_seq = ?, tellable_ms = ? where case_id = ?';
    this.#file.run(sql, seq, Date.parse(at), caseId);
  }

  #count(held: Case, { caseId, seq, at }: Entry): void {
    this.#file.run(
      'insert into fixes (resource_key, control, at_ms, case_id, seq) values (?, ?, ?, ?, ?)',
      ...[factsOf(held).resourceKey, held.control, Date.parse(at), caseId, seq],
    );
  }

  async latest(resourceKey: string, control: string): Promise<Case | null> {
    const sql = 'select body from cases where resource_key = ? and control = ? order by number desc limit 1';
    const row = this.#file.get<Body>(sql, resourceKey, control);
    return row && parsed(row);
  }

  async openCases(resourceKey: string): Promise<Case[]> {
    const sql = 'select body from cases where resource_key = ? and open = 1 order by number';
    return this.#file.all<Body>(sql, resourceKey).map(parsed<Case>);
  }

  async get(caseId: string): Promise<Case | null> {
    return this.#get(caseId);
  }

  #get(caseId: string): Case | null {
    const row = this.#file.get<Body>('select body from cases where case_id = ?', caseId);
    return row && parsed(row);
  }

  async entries(caseId: string): Promise<Entry[]> {
    const sql = 'select body from entries where case_id = ? order by seq';
    return this.#file.all<Body>(sql, caseId).map(parsed<Entry>);
  }

  async find(query: CaseQuery): Promise<CasePage> {
    const { from, by, where, values } = conditions(query, (starts) => this.#rarest(starts));
    const rows = this.#file.all<{ body: string; opened_ms: number; case_id: string }>(
      `select cases.body, ${by}.opened_ms, ${by}.case_id from ${from} where ${where}
       order by ${by}.opened_ms desc, ${by}.case_id desc limit ?`,
      ...values,
      query.limit + 1,
    );
    const page = rows.slice(0, query.limit);
    const last = rows.length > page.length ? page.at(-1) : undefined;
    const cursor = last ? cursorOf({ openedMs: last.opened_ms, caseId: last.case_id }) : null;
    return { cases: page.map(parsed<Case>), cursor };
  }

  /** Of a pasted name one word is often everybody's, another only its own. */
  #rarest([longest, ...others]: [string, ...string[]]): string {
    if (others.length === 0) return longest;
    const sql = 'select count(*) as n from (select 1 from case_words where start = ? limit ?)';
    const casesOf = (start: string) => this.#file.get<{ n: number }>(sql, start, countedMax)?.n ?? 0;
    const counted = [...new Set([longest, ...others])].map((start) => ({ start, cases: casesOf(start) }));
    return counted.reduce((rarest, one) => (one.cases < rarest.cases ? one : rarest)).start;
  }

  async fixesSince(resourceKey: string, control: string, sinceMs: number): Promise<number> {
    const sql = 'select count(*) as n from fixes where resource_key = ? and control = ? and at_ms >= ?';
    return this.#file.get<{ n: number }>(sql, resourceKey, control, sinceMs)?.n ?? 0;
  }

  async untold(limit: number, channel?: string): Promise<Case[]> {
    const lacks = `and tellable_seq >
      coalesce((select seq from told where told.case_id = cases.case_id and channel = ?), 0)`;
    const sql = `select body from cases where tellable_seq > told_seq ${channel === undefined ? '' : lacks}
      order by tellable_ms, number limit ?`;
    return this.#file.all<Body>(sql, ...(channel === undefined ? [] : [channel]), limit).map(parsed<Case>);
  }

  async toldBy(caseId: string, channel: string): Promise<number> {
    const sql = 'select seq from told where case_id = ? and channel = ?';
    return this.#file.get<{ seq: number }>(sql, caseId, channel)?.seq ?? 0;
  }

  async told(caseId: string, seq: number, by?: { channel: string; all: readonly string[] }): Promise<void> {
    const sql = 'update cases set told_seq = max(told_seq, min(?, seq)) where case_id = ?';
    const changed = await this.#file.together(() => {
      const byAll = by === undefined ? seq : this.#toldByAll(caseId, seq, by);
      return this.#file.run(sql, byAll, caseId);
    });
    if (changed === 0) throw new TerminalError(`there is no case ${caseId}`);
  }

  /** Notes it for this channel; answers up to where every channel has told. */
  #toldByAll(caseId: string, seq: number, { channel, all }: { channel: string; all: readonly string[] }) {
    this.#file.run(
      `insert into told (case_id, channel, seq) select case_id, ?, min(?, seq) from cases where case_id = ?
       on conflict (case_id, channel) do update set seq = max(told.seq, excluded.seq)`,
      ...[channel, seq, caseId],
    );
    const sql = 'select channel, seq from told where case_id = ?';
    const rows = this.#file.all<{ channel: string; seq: number }>(sql, caseId);
    const marks = new Map(rows.map((row) => [row.channel, row.seq]));
    return Math.min(...[channel, ...all].map((one) => marks.get(one) ?? 0));
  }

  async reserve({ counter, id, max, windowMs, nowMs }: Reservation): Promise<boolean> {
    return this.#file.together(() => {
      this.#file.run('delete from reservations where ends_ms <= ?', nowMs);
      const sql = 'select id = ? as same from reservations where counter = ? and at_ms > ?';
      const taken = this.#file.all<{ same: number }>(sql, id, counter, nowMs - windowMs);
      if (taken.some((one) => one.same === 1)) return true;
      if (!(taken.length < max)) return false;
      this.#file.run(
        'insert or replace into reservations (counter, id, at_ms, ends_ms) values (?, ?, ?, ?)',
        ...[counter, id, nowMs, nowMs + windowMs],
      );
      return true;
    });
  }

  async exempt(exemption: Exemption): Promise<void> {
    const values = [
      fingerprint(exemption),
      exemption.resourceKey,
      millisOf(exemption.until, "the exemption's end"),
      JSON.stringify(exemption),
    ];
    const sql = 'insert or ignore into exemptions (id, resource_key, until_ms, body) values (?, ?, ?, ?)';
    await this.#file.together(() => this.#file.run(sql, ...values));
  }

  async exemptions(resourceKey: string): Promise<Exemption[]> {
    const sql = 'select body from exemptions where resource_key = ? order by until_ms desc, id';
    return this.#file.all<Body>(sql, resourceKey).map(parsed<Exemption>);
  }

  async allExemptions(): Promise<Exemption[]> {
    const sql = 'select body from exemptions order by until_ms desc, id';
    return this.#file.all<Body>(sql).map(parsed<Exemption>);
  }

  async record(act: NewAct): Promise<Act> {
    millisOf(act.at, 'at');
    return this.#file.together(() => {
      const last = this.#file.get<Body>('select body from acts order by seq desc limit 1');
      const sealed = sealAct(act, last && parsed<Act>(last));
      this.#file.run('insert into acts (seq, body) values (?, ?)', sealed.seq, JSON.stringify(sealed));
      return sealed;
    });
  }

  async acts(limit: number, before = Number.MAX_SAFE_INTEGER): Promise<Act[]> {
    const sql = 'select body from acts where seq < ? order by seq desc limit ?';
    return this.#file.all<Body>(sql, before, limit).map(parsed<Act>);
  }

  async setting(name: string): Promise<Json> {
    const row = this.#file.get<Body>('select body from settings where name = ?', name);
    return row && parsed(row);
  }

  async set(name: string, value: Json): Promise<void> {
    const sql = 'insert or replace into settings (name, body) values (?, ?)';
    await this.#file.together(() => this.#file.run(sql, name, JSON.stringify(value)));
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}

function parsed<T>({ body }: Body): T {
  return JSON.parse(body);
}

const columns: { [F in Filter]: string } = {
  resourceKey: 'resource_key',
  actor: 'actor',
  open: 'open',
  outcome: 'outcome',
  control: 'control',
  account: 'account',
  provider: 'provider',
  severity: 'severity',
};

interface Conditions {
  from: string;
  /** The list that is walked: times and ids stand in it. */
  by: string;
  where: string;
  values: SQLInputValue[];
}

function conditions(query: CaseQuery, rarest: (starts: [string, ...string[]]) => string): Conditions {
  const { sinceMs, untilMs } = boundsOf(query);
  const after = query.cursor === undefined ? null : positionOf(query.cursor);
  const { indexed, others, search } = filtersOf(query);
  const by = search?.isWalked ? 'case_words' : 'cases';
  const wanted: [string, ...SQLInputValue[]][] = [['true']];
  if (indexed !== null) wanted.push(condition(indexed, query, ''));
  // The plus keeps SQLite from walking this column's index instead.
  for (const filter of others) wanted.push(condition(filter, query, '+'));
  if (search?.isWalked) wanted.push(['case_words.start = ?', rarest(search.starts)]);
  for (const part of search?.parts ?? []) wanted.push(['instr(cases.words, ?) > 0', part]);
  if (sinceMs !== null) wanted.push([`${by}.opened_ms >= ?`, sinceMs]);
  if (untilMs !== null) wanted.push([`${by}.opened_ms < ?`, untilMs]);
  if (after) wanted.push([`(${by}.opened_ms, ${by}.case_id) < (?, ?)`, after.openedMs, after.caseId]);
  const where = wanted.map(([sql]) => sql).join(' and ');
  // A cross join is walked in this order.
  const from = by === 'cases' ? by : 'case_words cross join cases on cases.case_id = case_words.case_id';
  return { from, by, where, values: wanted.flatMap(([, ...values]) => values) };
}

function condition(filter: Filter, query: CaseQuery, prefix: '' | '+'): [string, ...SQLInputValue[]] {
  // Written out, or the partial index of open cases could not be used.
  if (filter === 'open') return [`${prefix}cases.open = ${query.open ? 1 : 0}`];
  return [`${prefix}cases.${columns[filter]} = ?`, query[filter] ?? null];
}
