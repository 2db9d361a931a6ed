import type { HeaderPoint } from '../../kinds/endpoint.ts';
import type { Page } from './fetch.ts';

interface Cookie {
  name: string;
  isSecure: boolean;
  isHttpOnly: boolean;
  sameSite: string | null;
}

/** The worst that is true of any cookie. `hasHsts`: browsers would not send them in the clear anyway. */
export function scoreCookies(page: Page, hasHsts: boolean): HeaderPoint {
  const cookies = page.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => parse(value));
  if (cookies.length === 0) return { test: 'cookies', points: 0, text: 'no cookies' };
  const worst = cookies
    .flatMap((cookie) => faultsOf(cookie, hasHsts))
    .sort((a, b) => a.points - b.points)
    .at(0);
  if (worst !== undefined) return { test: 'cookies', ...worst };
  if (cookies.every((one) => one.sameSite !== null))
    return { test: 'cookies', points: 5, text: 'cookies with Secure, HttpOnly and SameSite' };
  return { test: 'cookies', points: 0, text: 'cookies with Secure and HttpOnly, without SameSite' };
}

function parse(line: string): Cookie {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const of = (name: string) => attributes.find((one) => one.split('=')[0]?.trim().toLowerCase() === name);
  const sameSite = of('samesite');
  return {
    name: (pair.split('=')[0] ?? '').slice(0, 60),
    isSecure: of('secure') !== undefined,
    isHttpOnly: of('httponly') !== undefined,
    sameSite: sameSite === undefined ? null : (sameSite.split('=')[1]?.trim().toLowerCase() ?? ''),
  };
}

function faultsOf(
  { name, isSecure, isHttpOnly, sameSite }: Cookie,
  hasHsts: boolean,
): { points: number; text: string }[] {
  const isSession = /login|sess/i.test(name);
  const faults: [is: boolean, points: number, text: string][] = [
    [isSession && !isSecure && !hasHsts, -40, `the session cookie ${name} without Secure`],
    [isSession && !isHttpOnly, -30, `the session cookie ${name} without HttpOnly`],
    [/csrf/i.test(name) && sameSite === null, -20, `the anti-CSRF cookie ${name} without SameSite`],
    [
      sameSite !== null && !['lax', 'strict', 'none'].includes(sameSite),
      -20,
      `the cookie ${name} with a wrong SameSite`,
    ],
    [sameSite === 'none' && !isSecure, -20, `the cookie ${name} with SameSite=None and without Secure`],
    [!isSecure && !hasHsts, -20, `the cookie ${name} without Secure`],
    [isSession && !isSecure && hasHsts, -10, `the session cookie ${name} without Secure, behind HSTS`],
    [!isSecure && hasHsts, -5, `the cookie ${name} without Secure, behind HSTS`],
  ];
  return faults.filter(([is]) => is).map(([, points, text]) => ({ points, text }));
}
