import * as z from 'zod';
import { pathMatcher } from '../paths.ts';
import { detector, limit } from './detector.ts';

/** A success in between changes nothing: guessers own accounts too. */
export const loginGuess = detector({
  name: 'login-guess',
  title: 'many requests to a login page',
  severity: 'high',
  options: limit(10, 300).extend({
    paths: z
      .array(z.string().startsWith('/'))
      .min(1)
      .default(['/login', '/signin', '/wp-login.php', '/xmlrpc.php']),
  }),
  matching({ paths }) {
    const isLogin = pathMatcher(paths);
    return (request) =>
      request.method !== 'OPTIONS' && request.verdict?.blocked !== true && isLogin(request.path);
  },
  what: 'requests to login pages',
});
