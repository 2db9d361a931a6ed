import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import * as z from 'zod';
import type { SignIn } from '../sign-in-links.ts';
import { html } from './html.ts';
import { contentSecurityPolicy, plainPage } from './pages/layout.ts';
import type { ConsoleParts, Visit } from './parts.ts';
import { RateLimit } from './rate-limit.ts';
import { formToken, isFormToken, newSession, openSession, sealSession } from './session.ts';

/** What every request passes before it is looked at: from where, how often, and from whom. */

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Not `no-referrer`: with it browsers name no origin even to ourselves, and forms must come from here.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'Cache-Control': 'no-store',
};

const requestsPerMinute = 600;
const signInsPerMinute = 10;
const actsPerMinute = 60;

/** How API Gateway hands on where a request came from. */
const Gateway = z.object({ requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }) });

export function fromOf({ env }: Context): string {
  const gateway = Gateway.safeParse(env);
  return gateway.success ? gateway.data.requestContext.http.sourceIp : 'this machine';
}

export class Gate {
  readonly #parts: ConsoleParts;
  readonly #requests = new RateLimit(requestsPerMinute);
  readonly #signIns = new RateLimit(signInsPerMinute);
  readonly #acts = new RateLimit(actsPerMinute);

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
  }

  /** Around everything under /console. */
  readonly outside: MiddlewareHandler = async (context, next) => {
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    if (this.#parts.isSecure) context.header('Strict-Transport-Security', 'max-age=31536000');
    const { hosts } = this.#parts;
    // Somebody else's name that leads to this machine would let their page read ours.
    if (hosts !== null && !hosts.includes(hostOf(context)))
      return refusal(context, 421, 'This console does not answer to that name.');
    if (!this.#requests.take(fromOf(context), this.#nowMs()))
      return refusal(context, 429, 'Too many requests: wait a minute.');
    return next();
  };

  maySignIn(context: Context): boolean {
    return isFromHere(context) && this.#signIns.take(fromOf(context), this.#nowMs());
  }

  async signIn(context: Context, who: SignIn): Promise<void> {
    const session = newSession(who, this.#nowMs());
    this.#keep(context, sealSession(session, await this.#parts.secret()), session.untilMs - this.#nowMs());
  }

  signOut(context: Context): void {
    this.#keep(context, '', 0);
  }

  /** Who asks; null: nobody that we know. */
  async visitOf(context: Context): Promise<Visit | null> {
    const cookie = getCookie(context, this.#cookieName());
    if (!cookie) return null;
    const now = this.#parts.loop.now();
    const secret = await this.#parts.secret();
    const session = openSession(cookie, secret, now.getTime());
    if (session === null) return null;
    const params = new URL(context.req.url).searchParams;
    return { parts: this.#parts, session, formToken: formToken(session, secret), now, params };
  }

  /** Why this act is not done; null when the form is one of ours and this session may act again. */
  async whyNot(context: Context, visit: Visit, form: { [name: string]: string }): Promise<string | null> {
    const { session } = visit;
    const isOurs = isFormToken(form.token ?? '', session, await this.#parts.secret());
    if (!isFromHere(context) || !isOurs)
      return 'This form is not one of this session. Go back and load the page again.';
    if (!this.#acts.take(session.id, this.#nowMs())) return 'Too many acts at once: wait a minute.';
    return null;
  }

  #keep(context: Context, value: string, lastsMs: number): void {
    setCookie(context, this.#cookieName(), value, {
      path: '/',
      httpOnly: true,
      secure: this.#parts.isSecure,
      // Lax: a link from Slack to a case must find its reader signed in. Acts carry a token besides.
      sameSite: 'Lax',
      maxAge: Math.floor(lastsMs / 1000),
    });
  }

  #cookieName(): string {
    return this.#parts.isSecure ? '__Host-snapshut' : 'snapshut';
  }

  #nowMs(): number {
    return this.#parts.loop.now().getTime();
  }
}

function hostOf(context: Context): string {
  return (context.req.header('host') ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** Browsers say from where a form was sent; whoever is no browser has no cookie to misuse. */
function isFromHere(context: Context): boolean {
  const site = context.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const origin = context.req.header('origin');
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === context.req.header('host');
}

export function refusal(
  context: Context,
  status: 400 | 401 | 403 | 404 | 421 | 429 | 500 | 503,
  why: string,
): Response {
  const body = html`<p>${why}</p><p><a class="button" href="/console">To the cases</a></p>`;
  return context.html(plainPage(titles[status], body), status);
}

const titles = {
  400: 'That does not work',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  421: 'Wrong name',
  429: 'Too fast',
  500: 'Something went wrong',
  503: 'Not now',
};
