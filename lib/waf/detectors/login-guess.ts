import { LoginPaths } from '../login.ts';
import { pathMatcher } from '../paths.ts';
import { detector, limit } from './detector.ts';

/** A success in between changes nothing: guessers own accounts too. */
export const loginGuess = detector({
  name: 'login-guess',
  title: 'many requests to a login page',
  severity: 'high',
  options: limit(10, 300).extend({ paths: LoginPaths }),
  matching({ paths }) {
    const isLogin = pathMatcher(paths);
    return (request) =>
      request.method !== 'OPTIONS' && request.verdict?.blocked !== true && isLogin(request.path);
  },
  isOfAlike: true,
  what: 'requests to login pages',
});
