import { Hono } from 'hono';
import type { Role } from '../../lib/approvers.ts';
import { Policy } from '../../lib/config.ts';
import type { ConsoleParts } from '../../lib/console/parts.ts';
import { consoleRoutes } from '../../lib/console/routes.ts';
import { create, redeem } from '../../lib/sign-in-links.ts';
import { makeWorld, type World } from '../loop/harness.ts';

/** The console over a service in memory, asked without a network. */
export interface Console {
  world: World;
  app: Hono;
  parts: ConsoleParts;
  /** Signs somebody in, and answers what their browser would send and the token of their forms. */
  signIn(role: Role, user?: string): Promise<Visitor>;
}

export interface Visitor {
  cookie: string;
  formToken: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export const origin = 'http://127.0.0.1:8080';
const host = '127.0.0.1:8080';

export function makeConsole(over: Partial<ConsoleParts> = {}, world: World = makeWorld()): Console {
  const { loop, history, clock } = world;
  const parts: ConsoleParts = {
    loop,
    policy: Policy.parse({}),
    guarded: [{ provider: 'memory', account: '123456789012', regions: ['eu-central-1'] }],
    secret: async () => 'a secret that only this test knows',
    redeem: (token) => redeem(history, token, new Date(clock.nowMs)),
    mayAnswer: async () => ({ may: true, why: null }),
    blocks: { list: async () => [], unblock: async () => null },
    health: {
      queue: async () => ({ waiting: 0, taken: 0, dead: 0, oldestAgeMs: null }),
      deadLetters: async () => [],
    },
    isSecure: false,
    hosts: ['127.0.0.1', 'localhost'],
    warn: () => {},
    ...over,
  };
  const app = new Hono();
  consoleRoutes(parts)(app, () => {});
  const signIn = async (role: Role, user = 'anna') => {
    const token = await create(history, { user, role }, new Date(clock.nowMs));
    const answer = await post(app, '/console/sign-in', { token });
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const visitor = (formToken: string): Visitor => ({
      cookie,
      formToken,
      get: async (path, headers = {}) =>
        app.request(`${origin}${path}`, { headers: { host, cookie, ...headers } }),
      post: (path, form, headers = {}) =>
        post(app, path, { token: formToken, ...form }, { cookie, ...headers }),
    });
    const page = await (await visitor('').get('/console')).text();
    return visitor(/name="token" value="([^"]+)"/.exec(page)?.[1] ?? '');
  };
  return { world, app, parts, signIn };
}

export async function post(
  app: Hono,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return app.request(`${origin}${path}`, {
    method: 'POST',
    headers: { host, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
}
