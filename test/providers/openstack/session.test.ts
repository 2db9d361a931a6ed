import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RetryableError, TerminalError } from '../../../lib/errors.ts';
import type { Http, HttpCall } from '../../../lib/providers/http.ts';
import { Session } from '../../../lib/providers/openstack/session.ts';
import type { CloudSettings } from '../../../lib/providers/openstack/settings.ts';

const settings: CloudSettings = {
  authUrl: 'https://k/v3',
  credentials: { type: 'password', user: { id: 'u' }, password: 'p4ssword' },
  project: { id: 'p' },
  region: 'one',
  interface: 'public',
  caFile: null,
  insecure: false,
  endpoints: {},
  microversions: {},
};
const endpoint = (url: string, region = 'one', place = 'public') => ({
  url,
  region_id: region,
  interface: place,
});

interface Fake {
  session: Session;
  calls: HttpCall[];
  clock: { nowMs: number };
  signIns(): number;
}

/** A Keystone whose tokens live an hour, and services that answer what they are told to. */
function cloud(
  over: Partial<CloudSettings>,
  answers: (call: HttpCall) => { status: number; text?: string },
): Fake {
  const calls: HttpCall[] = [];
  const clock = { nowMs: Date.parse('2026-11-24T12:00:00Z') };
  let tokens = 0;
  const http: Http = async (call) => {
    calls.push(call);
    if (!call.url.endsWith('/auth/tokens')) return { headers: new Headers(), text: '', ...answers(call) };
    tokens += 1;
    const token = {
      expires_at: new Date(clock.nowMs + 3_600_000).toISOString(),
      user: { id: 'u' },
      project: { id: 'p' },
      catalog: [
        {
          type: 'network',
          endpoints: [
            endpoint('https://n2', 'two'),
            endpoint('https://in', 'one', 'internal'),
            endpoint('https://n1'),
          ],
        },
        { type: 'compute', endpoints: [endpoint('https://c/v2.1/p')] },
        { type: 'image', endpoints: [endpoint('https://i/image/')] },
      ],
    };
    return {
      status: 201,
      headers: new Headers({ 'x-subject-token': `t${tokens}` }),
      text: JSON.stringify({ token }),
    };
  };
  const session = new Session({ settings: { ...settings, ...over }, http, nowMs: () => clock.nowMs });
  return { session, calls, clock, signIns: () => tokens };
}

const list = { method: 'GET', service: 'network', path: '/ports' } as const;
const ok = () => ({ status: 200, text: '{}' });

describe('signing in', () => {
  it('many calls at once sign in once', async () => {
    const { session, signIns } = cloud({}, ok);

    await Promise.all([session.call(list), session.call(list), session.call(list)]);

    expect(signIns()).toBe(1);
  });

  it('a token is renewed before its end, not after', async () => {
    const { session, clock, signIns, calls } = cloud({}, ok);
    await session.call(list);
    clock.nowMs += 54 * 60_000;
    await session.call(list);
    const before = signIns();
    clock.nowMs += 2 * 60_000;
    await session.call(list);

    expect([before, signIns()]).toEqual([1, 2]);
    expect(calls.at(-1)?.headers['x-auth-token']).toBe('t2');
  });

  it('a call that is refused twice is refused, without a third try', async () => {
    const { session, signIns } = cloud({}, () => ({ status: 401 }));

    await expect(session.call(list)).rejects.toThrow(TerminalError);
    expect(signIns()).toBe(2);
  });

  it.each([
    [401, '{"error": {"message": "wrong\\u001b[31m password"}}', /refused the sign-in \(401\): wrong/],
    [404, '{"error": {"message": "not found"}}', /\(404\): not found/],
    [201, '{}', /unknown shape/],
  ])('a sign-in that is answered with %i says so, and no password', async (status, text, why) => {
    const http: Http = async () => ({ status, headers: new Headers({ 'x-subject-token': 't' }), text });
    const session = new Session({ settings, http, nowMs: Date.now });

    const failure = await session.place().catch((error) => error);

    expect(failure).toBeInstanceOf(TerminalError);
    expect(failure.message).toMatch(why);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none must get through
    expect(failure.message).not.toMatch(/p4ssword|\u001b/);
  });
});

describe('the catalog', () => {
  it.each([
    ['the region decides', {}, 'network', 'https://n1/v2.0'],
    ['another region', { region: 'two' }, 'network', 'https://n2/v2.0'],
    ['another interface', { interface: 'internal' } as const, 'network', 'https://in/v2.0'],
    ['a version that is there is left alone', {}, 'compute', 'https://c/v2.1/p'],
    ['a version that is missing is added', {}, 'image', 'https://i/image/v2'],
    ['an override wins', { endpoints: { network: 'https://mine/v2.0/' } }, 'network', 'https://mine/v2.0'],
    ['Keystone is where we signed in', {}, 'identity', 'https://k/v3'],
  ] as const)('%s', async (_, over, service, url) => {
    expect(await cloud(over, ok).session.endpoint(service)).toBe(url);
  });

  it('a service that the cloud does not offer is said so', async () => {
    const { session } = cloud({}, ok);

    expect([await session.has('network'), await session.has('object-store')]).toEqual([true, false]);
    await expect(session.endpoint('object-store')).rejects.toThrow(
      /no public object-store endpoint in region one/,
    );
  });

  it('several regions and none named is a question, not a guess', async () => {
    await expect(cloud({ region: null }, ok).session.place()).rejects.toThrow(/one, two|two, one/);
  });
});

describe('answers', () => {
  it.each([
    [403, TerminalError],
    [404, TerminalError],
    [409, RetryableError],
  ])('%i is an error of its kind, with the sentence of the service', async (status, kind) => {
    const text = '{"NeutronError": {"type": "X", "message": "no such thing"}}';

    const failure = await cloud({}, () => ({ status, text }))
      .session.call(list)
      .catch((error) => error);

    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toBe(`network: GET /ports answered ${status}: no such thing`);
  });

  it('an answer of another shape is an error, and is not repeated: it may hold secrets', async () => {
    const { session } = cloud({}, () => ({ status: 200, text: '{"ports": {"admin_token": "s3cret"}}' }));
    const schema = z.object({ ports: z.array(z.object({ id: z.string() })) });

    const failure = await session.get({ service: 'network', path: '/ports' }, schema).catch((error) => error);

    expect(failure.message).toMatch(/unknown shape \(ports: /);
    expect(failure.message).not.toContain('s3cret');
  });

  it('microversions are asked for where the settings name one', async () => {
    const { session, calls } = cloud({ microversions: { compute: '2.79' } }, ok);

    await session.call({ method: 'GET', service: 'compute', path: '/servers' });

    expect(calls.at(-1)?.headers).toMatchObject({ 'openstack-api-version': 'compute 2.79' });
  });
});
