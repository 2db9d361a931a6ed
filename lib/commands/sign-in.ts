import { userInfo } from 'node:os';
import { environment } from '../config.ts';
import { TerminalError } from '../errors.ts';
import { create, roles } from '../sign-in-links.ts';
import { clock } from '../wire-clock.ts';
import { openHistory } from '../wire-state.ts';
import { printJson, say } from './print.ts';

interface Options {
  role: string;
  user?: string;
  json: boolean;
}

/** `snapshut sign-in`: one more link to the console of the service that uses this state folder or table. */
export async function signIn(options: Options): Promise<number> {
  const role = roles.find((one) => one === options.role);
  if (role === undefined) throw new TerminalError(`--role ${options.role}: expected ${roles.join(', ')}`);
  const history = openHistory(false);
  try {
    const user = options.user ?? userInfo().username;
    const token = await create(history, { user, role }, clock(undefined)());
    const stored = await history.setting('console-url');
    const base =
      environment().consoleUrl ?? (typeof stored === 'string' ? stored : 'http://127.0.0.1:8080/console');
    const url = `${base.replace(/\/$/, '')}/sign-in?token=${token}`;
    if (options.json) printJson({ url, user, role });
    else say(`${url}\nIt lets ${user} in as ${role}, once, within five minutes.`);
    return 0;
  } finally {
    await history.close();
  }
}
