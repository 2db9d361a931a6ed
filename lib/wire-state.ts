import { hostname } from 'node:os';
import { join } from 'node:path';
import { environment } from './config.ts';
import { TerminalError } from './errors.ts';
import { DynamoHistory } from './history/dynamodb.ts';
import { SqliteInbox } from './history/inbox.ts';
import { SqliteHistory } from './history/sqlite.ts';
import { SqliteFile } from './history/sqlite-file.ts';
import type { History, Inbox } from './ports.ts';
import { isAlive } from './process-alive.ts';
import { type RunningSandbox, runningSandbox, sandboxHome } from './sandbox/running.ts';

/** The part of the composition root that knows the stores. Commands that only look need no more of it. */

/** The history alone, for commands that only look. */
export function openHistory(readOnly: boolean): History {
  return openState(runningSandbox(environment()), readOnly).history;
}

export interface Stored {
  history: History;
  inbox(): Inbox;
}

/** In one process, history and inbox are one file: what was accepted and what became of it survive together. */
export function openState(sandbox: RunningSandbox | null, readOnly: boolean): Stored {
  const { table, home } = environment();
  if (table !== null) {
    const inbox = () => {
      throw new TerminalError('with SNAPSHUT_TABLE there is no inbox: events wait in the queue');
    };
    return { history: new DynamoHistory(table), inbox };
  }
  const folder = sandbox === null ? home : sandboxHome(home);
  const file = SqliteFile.open(join(folder, 'history.sqlite'), { readOnly });
  const history = new SqliteHistory(file);
  if (!readOnly) history.releaseOf(isKilled);
  return { history, inbox: () => new SqliteInbox(file) };
}

/** Names a process in leases. */
export const ownerOf = (pid: number) => `${hostname()}/${pid}`;

/** An owner of this machine whose process has ended, and so cannot have released what it held. */
function isKilled(owner: string): boolean {
  const pid = Number(/\/(\d+)\/[^/]*$/.exec(owner)?.[1]);
  return owner.startsWith(`${ownerOf(pid)}/`) && !isAlive(pid);
}

/** Why nothing may be changed now, or null: the kill switch of the environment or of the history, read at each call. */
export async function frozenBy(history: History): Promise<string | null> {
  if (environment().isFrozen) return 'SNAPSHUT_FREEZE is set';
  const setting = await history.setting('frozen');
  if (setting === null || setting === false) return null;
  return typeof setting === 'string' ? setting : JSON.stringify(setting);
}
