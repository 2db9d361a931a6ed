import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { type Fresh, historyContract } from './contract.ts';

describe('history in SQLite', () => {
  historyContract(async (): Promise<Fresh> => {
    const folder = mkdtempSync(join(tmpdir(), 'snapshut-history-'));
    const path = join(folder, 'state', 'history.db');
    const behind = (work: (db: DatabaseSync) => void) => {
      const db = new DatabaseSync(path);
      work(db);
      db.close();
    };
    return {
      open: async () => SqliteHistory.open(path),
      change: async (caseId, seq, edit) =>
        behind((db) => {
          const row = db.prepare('select body from entries where case_id = ? and seq = ?').get(caseId, seq);
          const body = edit(String(row?.body));
          db.prepare('update entries set body = ? where case_id = ? and seq = ?').run(body, caseId, seq);
        }),
      cut: async (caseId, seq) =>
        behind((db) => db.prepare('delete from entries where case_id = ? and seq = ?').run(caseId, seq)),
      dispose: async () => rmSync(folder, { recursive: true }),
    };
  });
});
