import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { messageOf, RetryableError, TerminalError } from '../errors.ts';
import { fills, migrations, writableFrom } from './schema.ts';
import { startsOf, wordsText } from './words.ts';

export type Row = Record<string, unknown>;

export interface OpenOptions {
  readOnly?: boolean;
  /** How long a call waits (and its process with it) while another process writes. */
  busyTimeoutMs?: number;
}

/**
 * Where to read without leaving a trace. SQLite lays its two side files beside a WAL file even to read it; while
 * a writer has it open they are there anyway, and without one the file cannot change under us.
 */
function asIs(path: string): string | URL {
  if (existsSync(`${path}-wal`)) return path;
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
}

/**
 * One open SQLite file: its schema brought up to date, statements prepared once, errors sorted into the two
 * classes. Several processes may have the same file open.
 */
export class SqliteFile {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  #waiting: { work: () => unknown; resolve(result: unknown): void; reject(error: unknown): void }[] = [];

  private constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
  }

  /**
   * Opens or creates the file; a missing folder is made for the owner only. With `readOnly` nothing is written,
   * not even the folder: what is not there yet reads as empty.
   */
  static open(path: string, { readOnly = false, busyTimeoutMs = 5000 }: OpenOptions = {}): SqliteFile {
    const opening = readOnly ? SqliteFile.#reading : SqliteFile.#writing;
    return sorted(path, () => opening(path, busyTimeoutMs));
  }

  static #writing(path: string, busyTimeoutMs: number): SqliteFile {
    if (path !== ':memory:') makeFor(path);
    const file = new SqliteFile(path, new DatabaseSync(path, { timeout: busyTimeoutMs }));
    file.#db.exec('pragma journal_mode = wal');
    // Full: an intent that is lost in a power cut would leave a fix in the cloud without its record and its
    // way back, and an accepted event would be gone. Normal syncs only at checkpoints.
    file.#db.exec('pragma synchronous = full');
    file.#migrate();
    return file;
  }

  static #reading(path: string, busyTimeoutMs: number): SqliteFile {
    if (path === ':memory:' || !existsSync(path)) {
      const empty = new SqliteFile(path, new DatabaseSync(':memory:'));
      empty.#migrate();
      return empty;
    }
    const file = new SqliteFile(
      path,
      new DatabaseSync(asIs(path), { readOnly: true, timeout: busyTimeoutMs }),
    );
    const version = file.#version();
    if (version === migrations.length || file.#canBeRolledBackTo(version)) return file;
    file.close();
    throw new TerminalError(`${path} is of version ${version}, this program reads ${migrations.length}`);
  }

  get<T extends Row>(sql: string, ...values: SQLInputValue[]): T | null {
    return sorted(this.path, () => (this.#statement(sql).get(...values) as T | undefined) ?? null);
  }

  all<T extends Row>(sql: string, ...values: SQLInputValue[]): T[] {
    return sorted(this.path, () => this.#statement(sql).all(...values) as T[]);
  }

  /** How many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return sorted(this.path, () => Number(this.#statement(sql).run(...values).changes));
  }

  /** All of it or nothing, and no other writer in between. */
  atomically<T>(work: () => T): T {
    this.run('begin immediate');
    try {
      const result = work();
      this.run('commit');
      return result;
    } catch (error) {
      // A full disk may already have rolled back by itself.
      if (this.#db.isTransaction) this.run('rollback');
      throw error;
    }
  }

  /**
   * All of it or nothing, like `atomically`, but whoever writes in the same turn of the event loop shares one
   * transaction: the wait for the disk is the whole cost of a small write. Work that throws undoes itself only.
   */
  together<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (result: unknown) => void, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#writeTogether());
    });
  }

  #writeTogether(): void {
    const group = this.#waiting;
    this.#waiting = [];
    const settle: (() => void)[] = [];
    try {
      this.atomically(() => {
        for (const { work, resolve, reject } of group) {
          try {
            const result = this.#savepoint(work);
            settle.push(() => resolve(result));
          } catch (error) {
            settle.push(() => reject(error));
          }
        }
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const one of settle) one();
  }

  #savepoint<T>(work: () => T): T {
    this.run('savepoint one');
    try {
      const result = work();
      this.run('release one');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) {
        this.run('rollback to one');
        this.run('release one');
      }
      throw error;
    }
  }

  close(): void {
    if (this.#waiting.length > 0) this.#writeTogether();
    this.#prepared.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const made = this.#db.prepare(sql);
    this.#prepared.set(sql, made);
    return made;
  }

  #version(): number {
    return Number(this.#db.prepare('pragma user_version').get()?.user_version);
  }

  /** Whether a newer program that wrote this file says that this one may go on with it. */
  #canBeRolledBackTo(version: number): boolean {
    if (version < migrations.length) return false;
    const from = this.#mark('writable-from');
    return from !== null && from <= migrations.length;
  }

  #mark(name: Mark): number | null {
    const row = this.#db.prepare('select body from settings where name = ?').get(name);
    return row ? Number(row.body) : null;
  }

  #setMark(name: Mark, version: number): void {
    this.#db
      .prepare(
        'insert into settings (name, body) values (?, ?) on conflict (name) do update set body = excluded.body',
      )
      .run(name, JSON.stringify(version));
  }

  #migrate(): void {
    const isCurrent = () => this.#version() === migrations.length && this.#mark('written-by-older') === null;
    if (isCurrent()) return;
    this.#db.function('words_of', { deterministic: true }, (body) => wordsText(JSON.parse(String(body))));
    this.#db.function('starts_of', { deterministic: true }, (words) =>
      JSON.stringify(startsOf(String(words))),
    );
    this.atomically(() => {
      // Read again inside: another process may have migrated while this one waited.
      if (isCurrent()) return;
      const version = this.#version();
      if (version > migrations.length) return this.#goOnWith(version);
      for (const migration of migrations.slice(version)) this.#db.exec(migration);
      const filled = Math.min(version, this.#mark('written-by-older') ?? version);
      for (let next = filled + 1; next <= migrations.length; next += 1) this.#db.exec(fills[next] ?? '');
      this.#db.exec(`pragma user_version = ${migrations.length}`);
      this.#db.exec(`delete from settings where name = 'written-by-older'`);
      this.#setMark('writable-from', writableFrom);
    });
  }

  /** A file of a newer program, which will then fill in what this one does not know to write. */
  #goOnWith(version: number): void {
    if (!this.#canBeRolledBackTo(version)) {
      throw new TerminalError(`${this.path} was written by a newer version (${version}) of this program`);
    }
    const already = this.#mark('written-by-older') ?? migrations.length;
    this.#setMark('written-by-older', Math.min(already, migrations.length));
  }
}

/** `writable-from`: see the schema's. `written-by-older`: the oldest version that wrote since the newest one did. */
type Mark = 'writable-from' | 'written-by-older';

function makeFor(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its side files the mode of the main file.
  closeSync(openSync(path, 'a', 0o600));
}

/** Busy, locked, out of memory, interrupted, I/O error, full, cannot open: https://www.sqlite.org/rescode.html */
const passing: ReadonlySet<number> = new Set([5, 6, 7, 9, 10, 13, 14]);

function sorted<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TerminalError || error instanceof RetryableError) throw error;
    const { errcode } = error as { errcode?: unknown };
    const isPassing = typeof errcode === 'number' && passing.has(errcode & 0xff);
    const text = `${path}: ${messageOf(error)}`;
    throw isPassing ? new RetryableError(text, { cause: error }) : new TerminalError(text, { cause: error });
  }
}
