import type { HeaderPoint } from '../../kinds/endpoint.ts';
import { scoreCookies } from './cookies.ts';
import { limitsFrames, scoreCsp } from './csp.ts';
import { headerOf, type Page } from './fetch.ts';
import type { Redirects } from './redirects.ts';

/**
 * Points as Mozilla's Observatory gives them. https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring
 * The preload list is not asked: it is a list of the whole world, and we look at our own addresses only.
 */

export const halfYearSeconds = 15_768_000;
export const yearSeconds = 31_536_000;

export interface Scored {
  score: number;
  grade: string;
  points: HeaderPoint[];
  hstsSeconds: number | null;
}

export interface Seen {
  scheme: 'http' | 'https';
  page: Page;
  /** The answer to a foreign Origin. */
  foreign: Page | null;
  redirects: Redirects;
}

export function scorePage({ scheme, page, foreign, redirects }: Seen): Scored {
  const hstsSeconds = scheme === 'https' ? hstsOf(page) : null;
  const hasHsts = (hstsSeconds ?? 0) >= halfYearSeconds;
  const points = [
    scoreCsp(page, scheme),
    scoreCookies(page, hasHsts),
    scoreCors(foreign),
    scoreRedirects(scheme, redirects),
    scoreReferrer(page),
    scoreHsts(scheme, page, hstsSeconds),
    scoreScripts(page, redirects.host),
    scoreSniffing(page),
    scoreFrames(page),
    scoreResourcePolicy(page),
    scorePermissions(page),
  ];
  const lost = points.filter((one) => one.points < 0).reduce((sum, one) => sum + one.points, 0);
  const won = points.filter((one) => one.points > 0).reduce((sum, one) => sum + one.points, 0);
  const base = Math.max(0, 100 + lost);
  const score = base >= 90 ? base + won : base;
  return { score, grade: gradeOf(score), points, hstsSeconds };
}

const grades: [from: number, grade: string][] = [
  [100, 'A+'],
  [90, 'A'],
  [85, 'A-'],
  [80, 'B+'],
  [70, 'B'],
  [65, 'B-'],
  [60, 'C+'],
  [50, 'C'],
  [45, 'C-'],
  [40, 'D+'],
  [30, 'D'],
  [25, 'D-'],
];

export function gradeOf(score: number): string {
  return grades.find(([from]) => score >= from)?.[1] ?? 'F';
}

/** `max-age`, or null where the header is missing or cannot be read. */
function hstsOf(page: Page): number | null {
  const value = page.headers.find(([name]) => name === 'strict-transport-security')?.[1];
  const age = /(?:^|;)\s*max-age\s*=\s*"?(\d{1,12})"?\s*(?:;|$)/i.exec(value ?? '')?.[1];
  return age === undefined ? null : Number(age);
}

function scoreHsts(scheme: 'http' | 'https', page: Page, seconds: number | null): HeaderPoint {
  const told = (points: number, text: string) => ({ test: 'strict-transport-security', points, text });
  if (scheme === 'http') return told(-20, 'no HTTPS here, so no Strict-Transport-Security');
  if (headerOf(page, 'strict-transport-security') === null) return told(-20, 'no Strict-Transport-Security');
  if (seconds === null) return told(-20, 'a Strict-Transport-Security that browsers cannot read');
  if (seconds < halfYearSeconds)
    return told(-10, `Strict-Transport-Security for less than half a year (${seconds} s)`);
  if (seconds < yearSeconds) return told(0, `Strict-Transport-Security for less than a year (${seconds} s)`);
  return told(0, 'Strict-Transport-Security for a year or more');
}

function scoreCors(foreign: Page | null): HeaderPoint {
  const told = (points: number, text: string) => ({ test: 'cross-origin-resource-sharing', points, text });
  const origin = foreign === null ? null : headerOf(foreign, 'access-control-allow-origin');
  if (foreign === null || origin === null) return told(0, 'no cross-origin sharing');
  const isCredentialed = headerOf(foreign, 'access-control-allow-credentials')?.toLowerCase() === 'true';
  if (origin === foreignOrigin && isCredentialed)
    return told(-50, 'every origin may read with the credentials of the visitor');
  return told(0, origin === '*' ? 'public cross-origin sharing' : 'cross-origin sharing with some');
}

/** An origin that nobody has. */
export const foreignOrigin = 'https://scan.invalid';

function scoreRedirects(scheme: 'http' | 'https', redirects: Redirects): HeaderPoint {
  const told = (points: number, text: string) => ({ test: 'redirection', points, text });
  if (scheme === 'https') return told(0, 'HTTPS');
  if (redirects.hops.length === 0) return told(-20, 'no redirect to HTTPS');
  if (!redirects.endsOnHttps) return told(-20, 'redirects that do not end on HTTPS');
  const first = redirects.hops[0];
  if (first?.scheme !== 'https') return told(-10, 'a first redirect that is not to HTTPS');
  return first.host === redirects.host
    ? told(0, 'redirect to HTTPS')
    : told(-5, 'a first redirect to another host');
}

const privateReferrers = ['no-referrer', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin'];
const openReferrers = ['origin', 'origin-when-cross-origin', 'unsafe-url', 'no-referrer-when-downgrade'];

function scoreReferrer(page: Page): HeaderPoint {
  const told = (points: number, text: string) => ({ test: 'referrer-policy', points, text });
  const value = headerOf(page, 'referrer-policy');
  if (value === null) return told(0, 'no Referrer-Policy');
  const known = value.split(',').map((one) => one.trim().toLowerCase());
  // Browsers take the last policy that they know.
  const last = known.findLast((one) => privateReferrers.includes(one) || openReferrers.includes(one));
  if (last === undefined) return told(-5, 'a Referrer-Policy that browsers cannot read');
  return privateReferrers.includes(last)
    ? told(5, `Referrer-Policy ${last}`)
    : told(-5, `Referrer-Policy ${last}`);
}

function scoreScripts(page: Page, host: string): HeaderPoint {
  const told = (points: number, text: string) => ({ test: 'subresource-integrity', points, text });
  const tags = page.body.match(/<script\s[^<>]{0,2000}>/gi) ?? [];
  const sources = tags.slice(0, 500).flatMap((tag) => {
    const src = /\ssrc\s*=\s*["']?([^"'\s>]+)/i.exec(tag)?.[1];
    return src === undefined ? [] : [{ src, isWhole: /\sintegrity\s*=/i.test(tag) }];
  });
  const foreign = sources.filter(({ src }) => /^(https?:)?\/\//i.test(src) && !src.includes(`//${host}/`));
  if (foreign.length === 0) return told(0, 'no foreign scripts');
  const isInsecure = foreign.some(({ src }) => !/^https:/i.test(src));
  const isWhole = foreign.every((one) => one.isWhole);
  if (isInsecure)
    return told(isWhole ? -20 : -50, `foreign scripts over HTTP${isWhole ? '' : ' without integrity'}`);
  return isWhole ? told(5, 'foreign scripts with integrity') : told(-5, 'foreign scripts without integrity');
}

function scoreSniffing(page: Page): HeaderPoint {
  const value = headerOf(page, 'x-content-type-options')?.split(',')[0]?.trim().toLowerCase();
  if (value === 'nosniff')
    return { test: 'x-content-type-options', points: 0, text: 'X-Content-Type-Options nosniff' };
  const text = value === undefined ? 'no X-Content-Type-Options' : 'a wrong X-Content-Type-Options';
  return { test: 'x-content-type-options', points: -5, text };
}

function scoreFrames(page: Page): HeaderPoint {
  const told = (points: number, text: string) => ({ test: 'x-frame-options', points, text });
  if (limitsFrames(page)) return told(5, 'frames limited by Content-Security-Policy');
  const value = headerOf(page, 'x-frame-options')?.trim().toLowerCase();
  if (value === undefined) return told(-20, 'no X-Frame-Options and no frame-ancestors');
  if (value === 'deny' || value === 'sameorigin') return told(0, `X-Frame-Options ${value}`);
  return value.startsWith('allow-from ')
    ? told(0, 'X-Frame-Options allow-from')
    : told(-20, 'a wrong X-Frame-Options');
}

function scoreResourcePolicy(page: Page): HeaderPoint {
  const told = (points: number, text: string) => ({ test: 'cross-origin-resource-policy', points, text });
  const value = headerOf(page, 'cross-origin-resource-policy')?.trim().toLowerCase();
  if (value === undefined || value === 'cross-origin') return told(0, 'resources for every origin');
  const isKnown = value === 'same-origin' || value === 'same-site';
  return isKnown
    ? told(10, `Cross-Origin-Resource-Policy ${value}`)
    : told(-5, 'a wrong Cross-Origin-Resource-Policy');
}

/** The Observatory gives no points for it. */
function scorePermissions(page: Page): HeaderPoint {
  const isSent = headerOf(page, 'permissions-policy') !== null;
  return {
    test: 'permissions-policy',
    points: 0,
    text: isSent ? 'Permissions-Policy' : 'no Permissions-Policy',
  };
}
