import type { DeadLetter, Delivery, Inbox, InboxCounts } from '../ports.ts';
import { SqliteFile } from './sqlite-file.ts';

/**
 * The queue of the one-process service, in the SQLite file of its history: what was accepted is there after a
 * crash, and what was taken but not finished comes back when its time is over.
 */
export class SqliteInbox implements Inbox {
  readonly #file: SqliteFile;
  readonly #maxTries: number;

  constructor(file: SqliteFile, { maxTries = 5 }: { maxTries?: number } = {}) {
    this.#file = file;
    this.#maxTries = maxTries;
  }

  static open(path: string, options?: { maxTries?: number }): SqliteInbox {
    return new SqliteInbox(SqliteFile.open(path), options);
  }

  async put(eventId: string | null, body: string, nowMs: number): Promise<boolean> {
    const sql = `insert into inbox (event_id, body, received_ms, visible_ms) values (?, ?, ?, ?)
      on conflict (event_id) do nothing`;
    return this.#file.run(sql, eventId, body, nowMs, nowMs) > 0;
  }

  async take(count: number, nowMs: number, visibilityMs: number): Promise<Delivery[]> {
    return this.#file.atomically(() => {
      this.#buryWhatKills(nowMs);
      const rows = this.#file.all<Row>(
        `update inbox set tries = tries + 1, visible_ms = ? where number in (
           select number from inbox where status = 'waiting' and visible_ms <= ? order by visible_ms, number limit ?
         ) returning number, event_id, body, received_ms, tries`,
        ...[nowMs + visibilityMs, nowMs, count],
      );
      return rows.sort((a, b) => a.number - b.number).map(deliveryOf);
    });
  }

  /** A message that ends the process each time it is handled never reports back; it must not go on for ever. */
  #buryWhatKills(nowMs: number): void {
    this.#file.run(
      `update inbox set status = 'dead', ended_ms = ?,
         reason = coalesce(reason || '; ', '') || 'never finished in ' || tries || ' tries'
       where status = 'waiting' and visible_ms <= ? and tries >= ?`,
      ...[nowMs, nowMs, this.#maxTries],
    );
  }

  async done(id: number, nowMs: number): Promise<void> {
    // The event id stays, so that a late duplicate is known; what it said is no longer needed.
    const sql = `update inbox set status = 'done', body = '', ended_ms = ? where number = ? and status <> 'done'`;
    this.#file.run(sql, nowMs, id);
  }

  async retry(id: number, reason: string, atMs: number): Promise<void> {
    this.#file.run(
      `update inbox set reason = ?, visible_ms = ?,
         status = iif(tries >= ?, 'dead', 'waiting'), ended_ms = iif(tries >= ?, ?, null)
       where number = ? and status = 'waiting'`,
      ...[reason, atMs, this.#maxTries, this.#maxTries, atMs, id],
    );
  }

  async dead(id: number, reason: string, nowMs: number): Promise<void> {
    const sql = `update inbox set status = 'dead', reason = ?, ended_ms = ? where number = ? and status = 'waiting'`;
    this.#file.run(sql, reason, nowMs, id);
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    const rows = this.#file.all<Row & { reason: string; ended_ms: number }>(
      `select number, event_id, body, received_ms, tries, reason, ended_ms from inbox
       where status = 'dead' order by ended_ms desc, number desc limit ?`,
      limit,
    );
    return rows.map((row) => ({ ...deliveryOf(row), reason: row.reason, deadMs: row.ended_ms }));
  }

  async redrive(nowMs: number, id?: number): Promise<number> {
    return this.#file.run(
      `update inbox set status = 'waiting', tries = 0, reason = null, ended_ms = null, visible_ms = ?
       where status = 'dead' and (? is null or number = ?)`,
      ...[nowMs, id ?? null, id ?? null],
    );
  }

  async forget(beforeMs: number): Promise<number> {
    return this.#file.run(`delete from inbox where status = 'done' and ended_ms < ?`, beforeMs);
  }

  async counts(nowMs: number): Promise<InboxCounts> {
    const row = this.#file.get<{ waiting: number; taken: number; oldest: number | null }>(
      `select count(*) as waiting, coalesce(sum(visible_ms > ? and tries > 0), 0) as taken,
         min(received_ms) as oldest from inbox where status = 'waiting'`,
      nowMs,
    );
    const sql = `select count(*) as n from inbox where status = 'dead'`;
    const dead = this.#file.get<{ n: number }>(sql)?.n ?? 0;
    const { waiting = 0, taken = 0, oldest = null } = row ?? {};
    return {
      waiting: waiting - taken,
      taken,
      dead,
      oldestAgeMs: oldest === null ? null : Math.max(0, nowMs - oldest),
    };
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}

type Row = { number: number; event_id: string | null; body: string; received_ms: number; tries: number };

function deliveryOf({ number, event_id, body, received_ms, tries }: Row): Delivery {
  return { id: number, eventId: event_id, body, receivedMs: received_ms, tries };
}
