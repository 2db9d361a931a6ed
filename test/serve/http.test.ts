import { beforeEach, describe, expect, it, test } from 'vitest';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { normalise } from '../../lib/normalise.ts';
import { bodyBytesMax, httpApp } from '../../lib/serve/http.ts';

const token = 'a-token-of-the-test';
const now = new Date('2026-11-24T12:00:00Z');
const opened = (id: string) => ({
  version: '0',
  id,
  'detail-type': 'AWS API Call via CloudTrail',
  account: '123456789012',
  region: 'eu-central-1',
  time: '2026-11-24T11:00:00Z',
  detail: {
    eventID: id,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'AuthorizeSecurityGroupIngress',
    awsRegion: 'eu-central-1',
    userIdentity: { accountId: '123456789012' },
    requestParameters: { groupId: 'sg-0123456789abcdef0' },
  },
});

let inbox: SqliteInbox;
let warned: string[];
let woken: number;
beforeEach(() => {
  inbox = SqliteInbox.open(':memory:');
  warned = [];
  woken = 0;
});

function app(over: { token?: string | null; inbox?: SqliteInbox } = {}) {
  return httpApp({
    ...{ inbox, token, tokenEnv: 'SNAPSHUT_TOKEN', version: '1.2.3', now: () => now, ...over },
    onAccepted: () => {
      woken += 1;
    },
    warn: (text) => warned.push(text),
  });
}

const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
const post = (body: string, more: Record<string, string> = {}) =>
  app().request('/events', { method: 'POST', body, headers: { ...headers, ...more } });

describe('events by HTTP', () => {
  it('are stored before 202 is answered, and the service is woken', async () => {
    const reply = await post(JSON.stringify(opened('event-1')));

    expect(reply.status).toBe(202);
    expect(await reply.json()).toEqual({ accepted: ['event-1'], known: [], rejected: [] });
    expect((await inbox.take(10, now.getTime(), 1000)).map((one) => one.eventId)).toEqual(['event-1']);
    expect(woken).toBe(1);
  });

  it('of OpenStack are stored without their tokens, bare or in their envelope', async () => {
    const payload = { security_group: { id: 'a1', project_id: 'p1' } };
    const bare = {
      message_id: 'm-1',
      event_type: 'security_group.create.end',
      publisher_id: 'network.host',
      _context_auth_token: 'gAAAAA-a-token',
      payload: { ...payload, trust: { 'X-Auth-Token': 'gAAAAA-another' } },
    };
    const inner = JSON.stringify({ ...bare, message_id: 'm-2' });

    await post(JSON.stringify([bare, { 'oslo.version': '2.0', 'oslo.message': inner }]));

    const held = await inbox.take(10, now.getTime(), 1000);
    expect(held.map((one) => one.eventId)).toEqual(['m-1', 'm-2']);
    expect(held.map((one) => one.body).join()).not.toContain('gAAAAA');
    expect(held.map((one) => normalise(JSON.parse(one.body)).hints)).toMatchObject([
      [{ kind: 'firewall', id: 'a1' }],
      [{ kind: 'firewall', id: 'a1' }],
    ]);
  });

  it('are accepted once, however often they are sent', async () => {
    await post(JSON.stringify(opened('event-1')));
    const again = await post(JSON.stringify([opened('event-1'), opened('event-2')]));

    expect(await again.json()).toEqual({ accepted: ['event-2'], known: ['event-1'], rejected: [] });
    expect((await inbox.counts(now.getTime())).waiting).toBe(2);
  });

  it('are read from lists, log files and JSON lines; what is broken is named and the rest is taken', async () => {
    const lines = [JSON.stringify(opened('a')), '{"broken": ', JSON.stringify(opened('b'))].join('\n');
    const reply = await post(lines, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });

    expect(reply.status).toBe(202);
    expect(await reply.json()).toMatchObject({ accepted: ['a', 'b'], rejected: [{ line: '2' }] });
    const trail = await post(JSON.stringify({ Records: [opened('c').detail, opened('d').detail] }));
    expect(await trail.json()).toMatchObject({ accepted: ['c', 'd'] });
  });

  const refused: [title: string, status: number, init: { body?: string; headers: Record<string, string> }][] =
    [
      ['without a token', 401, { headers: { 'Content-Type': 'application/json' } }],
      ['with a wrong token', 401, { headers: { ...headers, Authorization: 'Bearer another' } }],
      [
        'with a token that begins like ours',
        401,
        { headers: { ...headers, Authorization: `Bearer ${token}x` } },
      ],
      [
        'with the token under another scheme',
        401,
        { headers: { ...headers, Authorization: `Basic ${token}` } },
      ],
      ['as a form', 415, { headers: { ...headers, 'Content-Type': 'text/plain' } }],
      ['compressed', 415, { headers: { ...headers, 'Content-Encoding': 'gzip' } }],
      ['with an empty body', 400, { body: '', headers }],
      ['that is no JSON', 400, { body: 'not { json', headers }],
      ['that is JSON but no event', 400, { body: '[1, null, {"a": 1}]', headers }],
      ['nested without end', 400, { body: '['.repeat(100_000), headers }],
      ['larger than the limit', 413, { body: ' '.repeat(bodyBytesMax + 1), headers }],
    ];
  it.each(refused)('%s: %i, a clear error, and nothing is stored', async (_, status, init) => {
    const body = JSON.stringify(opened('event-1'));
    const reply = await app().request('/events', { method: 'POST', body, ...init });

    expect(reply.status).toBe(status);
    expect(((await reply.json()) as { error: string }).error).toMatch(/\w+/);
    expect((await inbox.counts(now.getTime())).waiting).toBe(0);
    expect(woken).toBe(0);
  });

  it('are off without a token, and the answer says which variable would turn them on', async () => {
    const reply = await app({ token: null }).request('/events', { method: 'POST', headers, body: '{}' });

    expect(reply.status).toBe(503);
    expect(await reply.json()).toEqual({ error: 'event intake is off: SNAPSHUT_TOKEN is not set' });
  });

  it('that cannot be stored are not accepted', async () => {
    await inbox.close();
    const reply = await post(JSON.stringify(opened('event-1')));

    expect(reply.status).toBe(503);
    expect(warned).toHaveLength(1);
  });

  it('are sent with POST', async () => {
    const reply = await app().request('/events', { headers });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('health tells what waits and what is dead', async () => {
  await inbox.put('a', '{}', now.getTime() - 5000);
  await inbox.put('b', '{}', now.getTime());
  const [first] = await inbox.take(1, now.getTime(), 1000);
  await inbox.dead(first?.id ?? 0, 'because', now.getTime());

  const reply = await app().request('/healthz');

  const queue = { waiting: 1, taken: 0, dead: 1, oldestAgeMs: 0 };
  expect(await reply.json()).toEqual({ status: 'ok', version: '1.2.3', queue });
});
