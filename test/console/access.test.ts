import { describe, expect, it } from 'vitest';
import { create } from '../../lib/sign-in-links.ts';
import { makeConsole, origin, post } from './world.ts';

const minuteMs = 60_000;
const host = '127.0.0.1:8080';

describe('signing in', () => {
  it('takes a link once, and the cookie is for no script and no other site', async () => {
    const { app, world } = makeConsole();
    const token = await create(world.history, { user: 'anna', role: 'viewer' }, new Date(world.clock.nowMs));

    const looked = await app.request(`${origin}/console/sign-in?token=${token}`, { headers: { host } });
    expect(await looked.text()).toContain('This link works once');
    const first = await post(app, '/console/sign-in', { token });
    const second = await post(app, '/console/sign-in', { token });

    expect([first.status, first.headers.get('location')]).toEqual([303, '/console']);
    expect(first.headers.get('set-cookie')).toMatch(/^snapshut=.*; HttpOnly; SameSite=Lax$/);
    expect(second.status).toBe(401);
    expect(second.headers.get('set-cookie')).toBeNull();
  });

  it('lets one of twenty in who show the same link together', async () => {
    const { app, world } = makeConsole();
    const token = await create(world.history, { user: 'anna', role: 'viewer' }, new Date(world.clock.nowMs));

    const answers = await Promise.all(
      Array.from({ length: 9 }, () => post(app, '/console/sign-in', { token })),
    );

    expect(answers.map((one) => one.status).sort()).toEqual([303, ...Array(8).fill(401)]);
  });

  it('takes a link within five minutes only', async () => {
    const { app, world } = makeConsole();
    const token = await create(world.history, { user: 'anna', role: 'viewer' }, new Date(world.clock.nowMs));
    world.clock.nowMs += 5 * minuteMs;

    expect((await post(app, '/console/sign-in', { token })).status).toBe(401);
  });

  it('stores no token, only its hash', async () => {
    const { world } = makeConsole();
    const stored: string[] = [];
    const spying = {
      setting: world.history.setting.bind(world.history),
      reserve: world.history.reserve.bind(world.history),
      set: async (name: string, value: unknown) => void stored.push(name, JSON.stringify(value)),
    };
    const token = await create(spying, { user: 'anna', role: 'viewer' }, new Date());

    expect(stored.join()).not.toContain(token);
  });

  it('is over TLS a cookie that only this host can have set', async () => {
    const { app, world } = makeConsole({ isSecure: true });
    const token = await create(world.history, { user: 'anna', role: 'viewer' }, new Date(world.clock.nowMs));

    const answer = await post(app, '/console/sign-in', { token });

    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-snapshut=.*Path=\/.*HttpOnly; Secure/);
    expect(answer.headers.get('strict-transport-security')).toContain('max-age');
  });

  it('is tried ten times a minute and no more', async () => {
    const { app, world } = makeConsole();
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await post(app, '/console/sign-in', { token: 'x' })).status);
    world.clock.nowMs += minuteMs;
    statuses.push((await post(app, '/console/sign-in', { token: 'x' })).status);

    expect(statuses).toEqual([...Array(10).fill(401), 429, 429, 401]);
  });
});

describe('a session', () => {
  it.each([
    '/console',
    '/console/cases/c-1',
    '/console/cases.csv',
    '/console/health',
    '/console/acts',
  ])('is needed for %s', async (path) => {
    const { app } = makeConsole();
    const answer = await app.request(`${origin}${path}`, { headers: { host } });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/console/sign-in']);
  });

  it.each<[string, (cookie: string) => string]>([
    ['a changed role', (cookie) => edited(cookie, (text) => text.replace('viewer', 'admin'))],
    ['a cut signature', (cookie) => cookie.slice(0, -1)],
    ['no signature', (cookie) => cookie.split('.')[0] ?? ''],
    ['something else behind it', (cookie) => `${cookie}.x`],
    ['nonsense', () => 'snapshut=nonsense'],
    ['very much', () => `snapshut=${'x'.repeat(100_000)}`],
  ])('with %s is none', async (_, change) => {
    const { app, signIn } = makeConsole();
    const { cookie } = await signIn('viewer');

    const answer = await app.request(`${origin}/console`, { headers: { host, cookie: change(cookie) } });

    expect(answer.status).toBe(303);
  });

  it('ends after a working day, and when somebody signs out', async () => {
    const { signIn, world } = makeConsole();
    const anna = await signIn('viewer');
    const out = await anna.post('/console/sign-out', {});
    expect(out.headers.get('set-cookie')).toMatch(/^snapshut=; Max-Age=0/);
    world.clock.nowMs += 10 * 60 * minuteMs;

    expect((await anna.get('/console')).status).toBe(303);
  });

  it('whose live page asks learns that it is over', async () => {
    const { app } = makeConsole();
    const answer = await app.request(`${origin}/console`, { headers: { host, 'x-live': '1' } });
    expect(answer.status).toBe(401);
  });
});

function edited(cookie: string, edit: (text: string) => string): string {
  const [name = '', value = ''] = cookie.split('=');
  const [body = '', mac] = value.split('.');
  const text = edit(Buffer.from(body, 'base64url').toString());
  return `${name}=${Buffer.from(text).toString('base64url')}.${mac}`;
}

describe('an act', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['without the token of its form', { token: '' }, {}],
    ['with the token of another session', { token: 'other' }, {}],
    ['from another site', {}, { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour of this site', {}, { 'sec-fetch-site': 'same-site' }],
    ['from another origin', {}, { origin: 'http://127.0.0.1:9999' }],
    ['from a sandboxed frame', {}, { origin: 'null' }],
    ['as JSON', {}, { 'content-type': 'application/json' }],
  ])('%s is refused and changes nothing', async (_, form, headers) => {
    const { signIn, world } = makeConsole();
    const anna = await signIn('admin');
    const other = await signIn('admin', 'ben');
    const token = form.token === 'other' ? other.formToken : form.token;

    const answer = await anna.post(
      '/console/freeze',
      { reason: 'x', ...(token === undefined ? {} : { token }) },
      headers,
    );

    expect(answer.status).toBe(403);
    expect(await world.history.setting('frozen')).toBeNull();
  });

  it.each([
    ['viewer', '/console/cases/c-1/undo', 403],
    ['viewer', '/console/cases/c-1/approve', 403],
    ['viewer', '/console/freeze', 403],
    ['approver', '/console/freeze', 403],
    ['approver', '/console/blocks/unblock', 403],
    ['approver', '/console/cases/c-1/undo', 303],
    ['admin', '/console/freeze', 303],
  ] as const)('of a %s at %s answers %i, and stands in the list of acts', async (role, path, status) => {
    const { signIn, world } = makeConsole();
    const anna = await signIn(role);

    const answer = await anna.post(path, { reason: 'a test', client: '203.0.113.9' });

    expect(answer.status).toBe(status);
    const [act] = await world.history.acts(1);
    expect(act).toMatchObject({ by: 'anna', role, act: path.split('/').at(-1) });
    expect(act?.outcome === 'forbidden').toBe(status === 403);
  });

  it('is done sixty times a minute and no more', async () => {
    const { signIn } = makeConsole();
    const anna = await signIn('admin');
    const statuses: number[] = [];
    for (let n = 0; n < 62; n++) statuses.push((await anna.post('/console/unfreeze', {})).status);

    expect(statuses).toEqual([...Array(60).fill(303), 403, 403]);
  });

  it('freezes and unfreezes, and every page says so meanwhile', async () => {
    const { signIn, world } = makeConsole();
    const anna = await signIn('admin');
    await anna.post('/console/freeze', { reason: '<b>migration</b>' });

    expect(await world.history.setting('frozen')).toBe('<b>migration</b> (anna)');
    world.frozen.why = '<b>migration</b> (anna)';
    expect(await (await anna.get('/console/controls')).text()).toContain(
      '&lt;b&gt;migration&lt;/b&gt; (anna)',
    );
    await anna.post('/console/unfreeze', {});
    expect(await world.history.setting('frozen')).toBeNull();
    expect((await world.history.acts(5)).map((one) => one.act)).toEqual(['unfreeze', 'freeze', 'signed in']);
  });
});

describe('every answer', () => {
  it.each([
    '/console',
    '/console/sign-in',
    '/console/nowhere',
  ])('of %s carries the strict headers', async (path) => {
    const { app } = makeConsole();
    const { headers } = await app.request(`${origin}${path}`, { headers: { host } });

    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('is for the names of this machine only', async () => {
    const { app } = makeConsole();
    const asked = (name: string) => app.request(`${origin}/console/sign-in`, { headers: { host: name } });

    expect((await asked('evil.example')).status).toBe(421);
    expect((await asked('127.0.0.1.evil.example:8080')).status).toBe(421);
    expect((await asked('localhost:8080')).status).toBe(200);
  });

  it('ends after six hundred a minute', async () => {
    const { app } = makeConsole();
    let last = 0;
    for (let n = 0; n < 601; n++)
      last = (await app.request(`${origin}/console/sign-in`, { headers: { host } })).status;
    expect(last).toBe(429);
  });

  it('is not sent again while nothing has changed', async () => {
    const { signIn } = makeConsole();
    const anna = await signIn('viewer');
    const first = await anna.get('/console');
    const again = await anna.get('/console', { 'if-none-match': first.headers.get('etag') ?? '' });

    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});
