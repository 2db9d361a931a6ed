import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import { verify } from '../../lib/history/chain.ts';
import { migrations } from '../../lib/history/schema.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { SqliteFile } from '../../lib/history/sqlite-file.ts';
import { entry, opened, stories } from './samples.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshut-file-'));
  path = join(folder, 'state', 'history.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (name: string) => statSync(name).mode & 0o777;

async function caseBody(): Promise<string> {
  const history = SqliteHistory.open(':memory:');
  const held = await history.append(opened({ caseId: 'c-1', severity: 'critical', name: 'web (blue)' }), 0);
  await history.close();
  return JSON.stringify(held);
}

describe('the SQLite file', () => {
  it('and its folder are for their owner only', async () => {
    const history = SqliteHistory.open(path);
    await history.append(opened({ caseId: 'c-1' }), 0);

    expect(modeOf(join(folder, 'state'))).toBe(0o700);
    for (const name of readdirSync(join(folder, 'state'))) {
      expect(modeOf(join(folder, 'state', name)), name).toBe(0o600);
    }
    await history.close();
  });

  it('is not made by a reader, who finds nothing', async () => {
    const history = SqliteHistory.open(path, { readOnly: true });

    expect(await history.get('c-1')).toBeNull();
    await history.close();
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });

  it('is read, but not written, by a reader beside the writer', async () => {
    const writer = SqliteHistory.open(path);
    await writer.append(opened({ caseId: 'c-1' }), 0);
    const reader = SqliteHistory.open(path, { readOnly: true });

    expect(await reader.get('c-1')).not.toBeNull();
    await expect(reader.set('frozen', true)).rejects.toThrow(TerminalError);
    await writer.append(entry('c-1', 1, stories.told()), 1);
    expect(await reader.get('c-1')).toMatchObject({ outcome: 'told' });

    await writer.close();
    await reader.close();
  });

  it('that is no database is refused and left alone', () => {
    path = join(folder, 'notes.txt');
    writeFileSync(path, 'these are my notes, '.repeat(100));

    expect(() => SqliteHistory.open(path)).toThrow(TerminalError);
    expect(statSync(path).size).toBe(2000);
  });

  it('of a newer version that says nothing of older ones is refused', () => {
    SqliteFile.open(path).close();
    const db = new DatabaseSync(path);
    db.exec('pragma user_version = 99; delete from settings');
    db.close();

    expect(() => SqliteHistory.open(path)).toThrow(/newer version \(99\)/);
    expect(() => SqliteHistory.open(path, { readOnly: true })).toThrow(/version 99/);
  });

  describe('of a newer version that can be rolled back', () => {
    const ofNewer = (writableFrom: number) => {
      SqliteFile.open(path).close();
      const db = new DatabaseSync(path);
      db.exec(`alter table cases add column shade text not null default '';
        pragma user_version = ${migrations.length + 1};
        update settings set body = '${writableFrom}' where name = 'writable-from'`);
      db.close();
    };

    it('is read and written on, and the newer one is told that it has rows to fill', async () => {
      ofNewer(migrations.length);
      const writer = SqliteHistory.open(path);
      await writer.append(opened({ caseId: 'c-1' }), 0);
      const reader = SqliteHistory.open(path, { readOnly: true });

      expect(await reader.get('c-1')).toMatchObject({ caseId: 'c-1' });
      expect(await writer.setting('written-by-older')).toBe(migrations.length);
      await writer.close();
      await reader.close();
    });

    it('is refused where the newer one says so', () => {
      ofNewer(migrations.length + 1);

      expect(() => SqliteHistory.open(path)).toThrow(/newer version/);
      expect(() => SqliteHistory.open(path, { readOnly: true })).toThrow(/is of version/);
    });
  });

  it('that an older program wrote to after a rollback finds its new cases by their words again', async () => {
    const before = SqliteHistory.open(path);
    await before.append(opened({ caseId: 'c-1', name: 'payroll' }), 0);
    await before.set('written-by-older', 1);
    await before.close();
    const db = new DatabaseSync(path);
    db.exec(`update cases set words = ''; delete from case_words`);
    db.close();

    const history = SqliteHistory.open(path);

    const { cases } = await history.find({ text: 'payroll', limit: 9 });
    expect(cases.map((one) => one.caseId)).toEqual(['c-1']);
    expect(await history.setting('written-by-older')).toBeNull();
    await history.close();
  });

  it('of the first version is brought up to date with what it holds', async () => {
    const held = await caseBody();
    SqliteFile.open(path).close();
    const db = new DatabaseSync(path);
    db.exec('drop table cases; drop table case_words; drop table acts; drop table entries; drop table fixes');
    for (const table of ['leases', 'reservations', 'exemptions', 'settings', 'inbox', 'told'])
      db.exec(`drop table ${table}`);
    db.exec(migrations[0] ?? '');
    db.exec('pragma user_version = 1');
    db.prepare(
      `insert into cases (case_id, resource_key, control, account, outcome, open, opened_ms, seq, body)
       values ('c-1', 'aws/1/r/firewall/sg-1', 'public-port', '1', 'unfixed', 1, 5, 1, ?)`,
    ).run(held);
    db.close();

    const history = SqliteHistory.open(path);

    expect((await history.find({ text: 'blue', severity: 'critical', limit: 5 })).cases).toHaveLength(1);
    expect((await history.find({ text: 'blue', severity: 'low', limit: 5 })).cases).toEqual([]);
    await history.close();
  });

  it('that stays busy is an error worth another try', async () => {
    const history = new SqliteHistory(SqliteFile.open(path, { busyTimeoutMs: 10 }));
    const other = SqliteFile.open(path);
    other.run('begin immediate');

    await expect(history.append(opened({ caseId: 'c-1' }), 0)).rejects.toThrow(RetryableError);

    other.run('rollback');
    await history.append(opened({ caseId: 'c-1' }), 0);
    other.close();
    await history.close();
  });

  it('closes twice without complaint', async () => {
    const history = SqliteHistory.open(path);

    await history.close();
    await history.close();

    await expect(history.get('c-1')).rejects.toThrow(TerminalError);
  });

  it('prints no warning', async () => {
    const { stderr, code } = await run(`SqliteHistory.open(process.argv[1]).close()`);

    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });
});

describe('a process killed while it appends', () => {
  it.each([0, 1, 2, 3])('leaves whole entries only (%i)', async (turn) => {
    const { kill, printed } = await running(`
      const history = SqliteHistory.open(process.argv[1]);
      const opened = ${JSON.stringify(opened({ caseId: 'c-0' }))};
      const note = { ...opened, story: { type: 'note', text: 'x'.repeat(50_000), by: 'anna' } };
      for (let n = 0; ; n++) {
        const caseId = 'c-' + n;
        await history.append({ ...opened, caseId }, 0);
        await history.append({ ...note, caseId }, 1);
        console.log(caseId);
      }`);
    await printed(20 + turn * 7);
    const said = await kill();

    const history = SqliteHistory.open(path);
    const { cases } = await history.find({ limit: 100_000 });
    const complete = cases.filter((one) => one.seq === 2).map((one) => one.caseId);
    expect(complete).toEqual(expect.arrayContaining(said));
    for (const { caseId } of cases) expect(await verify(history, caseId), caseId).toBeNull();
    await history.close();
  });
});

const preamble = `import { SqliteHistory } from ${JSON.stringify(join(import.meta.dirname, '../../lib/history/sqlite.ts'))};`;

function start(script: string) {
  return spawn(process.execPath, ['--input-type=module', '-e', preamble + script, path]);
}

async function run(script: string): Promise<{ stderr: string; code: number | null }> {
  const child = start(script);
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { stderr, code };
}

/** A child that prints a line per finished step; `kill` ends it where it stands and answers those lines. */
async function running(script: string) {
  const child = start(script);
  let out = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  const lines = () => out.split('\n').slice(0, -1);
  return {
    async printed(count: number) {
      while (lines().length < count) await once(child.stdout, 'data');
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'close');
      return lines();
    },
  };
}

describe('a file of the first version', () => {
  it('is read, and its untold case is told by one channel after the other', async () => {
    const history = SqliteHistory.open(':memory:');
    await history.append(opened({ caseId: 'c-1' }), 0);
    const known = await history.append(entry('c-1', 1, stories.told()), 1);
    const [head] = migrations;
    const old = new DatabaseSync(join(folder, 'old.db'));
    old.exec(`${head}; pragma user_version = 1`);
    const columns =
      'case_id, resource_key, control, account, outcome, open, opened_ms, seq, tellable_seq, body';
    const insert = `insert into cases (${columns}) values ('c-1', 'r', 'public-port', '1', 'told', 1, 5, 2, 2, ?)`;
    old.prepare(insert).run(JSON.stringify(known));
    old.close();

    const migrated = SqliteHistory.open(join(folder, 'old.db'));
    expect(await migrated.untold(9, 'slack')).toEqual([known]);
    const all = ['slack', 'webhook'];
    for (const channel of all) await migrated.told('c-1', 2, { channel, all });

    expect(await migrated.untold(9)).toEqual([]);
    await migrated.close();
    await history.close();
  });
});
