import * as z from 'zod';
import { decoded, pathMatcher } from './paths.ts';
import type { Request } from './request.ts';

/** Pages where people log in. */
export const LoginPaths = z
  .array(z.string().startsWith('/'))
  .min(1)
  .default(['/login', '/signin', '/wp-login.php', '/xmlrpc.php']);

/** Names under which forms send the user, where they stand in the address. */
const userField = /(?:^|&)(?:user(?:name)?|login|log|email)=([^&]{1,200})/i;

/**
 * The user as whom this request tries to log in, as far as a log shows it: refused credentials in a header, or a name in the
 * address of a login page. Empty where it is none, and where it got in.
 */
export function userTried(paths: readonly string[]): (request: Request) => string {
  const isLogin = pathMatcher(paths);
  return ({ user, path, query, status, verdict }) => {
    if (verdict?.blocked) return '';
    if (user !== '') return status === 401 || status === 403 ? user.toLowerCase() : '';
    if (query === '' || !isLogin(path)) return '';
    return decoded(userField.exec(query)?.[1] ?? '').toLowerCase();
  };
}

/** Whether `userTried` may answer anything, wherever the login page is. */
export function mayNameUser({ user, query }: Pick<Request, 'user' | 'query'>): boolean {
  return user !== '' || (query !== '' && userField.test(query));
}
