import { environment } from './config.ts';
import { TerminalError } from './errors.ts';
import { toConsole } from './handler/log.ts';
import { objectsService } from './log-service.ts';
import type { ObjectsService } from './waf/on-objects.ts';
import { clock, frozenBy, newId, openHistory, readPolicy } from './wire.ts';

/** Assembles what the function of the log objects needs. */
export async function wireLogs(): Promise<ObjectsService> {
  const now = clock(undefined);
  const { table } = environment();
  if (table === null) throw new TerminalError('SNAPSHUT_TABLE is not set: functions count in a table');
  const policy = await readPolicy(undefined, now());
  const history = openHistory(false);
  const parts = { policy, history, now, frozen: () => frozenBy(history), newId: () => newId(now()) };
  return objectsService(parts, table, toConsole);
}
