/**
 * The SQLite file's forward migrations: entry N leads from `user_version` N to N + 1. Never edit one that was
 * released, append another.
 */
export const migrations: readonly string[] = [
  `
  create table cases (
    number integer primary key autoincrement,
    case_id text not null unique,
    resource_key text not null,
    control text not null,
    account text not null,
    outcome text not null,
    actor text,
    open integer not null,
    opened_ms integer not null,
    seq integer not null,
    tellable_seq integer not null default 0,
    tellable_ms integer not null default 0,
    told_seq integer not null default 0,
    body text not null
  ) strict;
  create index cases_by_time on cases (opened_ms, case_id);
  create index cases_by_resource on cases (resource_key, control, number);
  create index cases_by_resource_time on cases (resource_key, opened_ms, case_id);
  create index cases_by_control on cases (control, opened_ms, case_id);
  create index cases_by_outcome on cases (outcome, opened_ms, case_id);
  create index cases_by_actor on cases (actor, opened_ms, case_id);
  create index cases_by_account on cases (account, opened_ms, case_id);
  create index cases_open on cases (opened_ms, case_id) where open = 1;
  create index cases_open_by_resource on cases (resource_key, number) where open = 1;
  create index cases_untold on cases (tellable_ms, number) where tellable_seq > told_seq;

  create table entries (
    case_id text not null,
    seq integer not null,
    type text not null,
    at_ms integer not null,
    body text not null,
    primary key (case_id, seq)
  ) strict;
  create table fixes (
    resource_key text not null,
    control text not null,
    at_ms integer not null,
    case_id text not null,
    seq integer not null,
    primary key (resource_key, control, at_ms, case_id, seq)
  ) strict, without rowid;

  create table leases (
    key text primary key,
    owner text not null,
    until_ms integer not null
  ) strict, without rowid;
  create table reservations (
    counter text not null,
    id text not null,
    at_ms integer not null,
    ends_ms integer not null,
    primary key (counter, id)
  ) strict, without rowid;
  create index reservations_by_end on reservations (ends_ms);

  create table exemptions (
    id text primary key,
    resource_key text not null,
    until_ms integer not null,
    body text not null
  ) strict;
  create index exemptions_by_resource on exemptions (resource_key, until_ms);
  create index exemptions_by_end on exemptions (until_ms);

  create table settings (
    name text primary key,
    body text not null
  ) strict;

  create table inbox (
    number integer primary key autoincrement,
    event_id text unique,
    body text not null,
    status text not null default 'waiting' check (status in ('waiting', 'dead', 'done')),
    received_ms integer not null,
    visible_ms integer not null,
    tries integer not null default 0,
    reason text,
    ended_ms integer
  ) strict;
  create index inbox_waiting on inbox (visible_ms, number) where status = 'waiting';
  create index inbox_ended on inbox (status, ended_ms, number) where status <> 'waiting';
  `,
  // What a search by text compares is the program's own function: see SqliteFile.
  `
  alter table cases add column severity text not null default 'low';
  alter table cases add column provider text not null default 'aws';
  alter table cases add column words text not null default '';
  create index cases_by_severity on cases (severity, opened_ms, case_id);
  create index cases_by_provider on cases (provider, opened_ms, case_id);

  create table case_words (
    start text not null,
    opened_ms integer not null,
    case_id text not null,
    primary key (start, opened_ms, case_id)
  ) strict, without rowid;
  create table acts (
    seq integer primary key,
    body text not null
  ) strict;
  `,
  `
  create table told (
    case_id text not null,
    channel text not null,
    seq integer not null,
    primary key (case_id, channel)
  ) strict, without rowid;
  `,
];

/**
 * What version N computes of rows that an older one wrote: when a file is brought up to date, and again when it was
 * rolled back in between. Each may run any number of times.
 */
export const fills: { readonly [version: number]: string } = {
  2: `
  update cases set severity = body ->> '$.severity', provider = body ->> '$.resource.provider',
    words = words_of(body) where words = '';
  insert or ignore into case_words (start, opened_ms, case_id)
    select json_each.value, opened_ms, case_id from cases, json_each(starts_of(words));
  `,
};

/**
 * The lowest version whose program may still write a file of this one, so that an upgrade can be rolled back. Only a
 * migration that takes something away, or that the older program would break, raises it.
 */
export const writableFrom = 3;
