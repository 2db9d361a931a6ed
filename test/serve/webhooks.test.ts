import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { recognise } from '../../lib/leaks/recognise.ts';
import { normalise } from '../../lib/normalise.ts';
import { type WebhookParts, webhookRoutes } from '../../lib/serve/webhooks.ts';
import { refusePartner } from '../../lib/webhooks/github.ts';
import { leakedInAlert, publicKeys } from '../../lib/webhooks/github-api.ts';
import { corpora } from '../corpora.ts';

const key = ['AKIA', 'RZPUZDIKG7MBXFKK'].join('');
const secretKey = ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYEXAMPLEKEY'].join('/');
const secret = 'a shared secret';
const now = new Date('2026-11-24T08:00:00Z');
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const gitHubKey = String(pair.publicKey.export({ type: 'spki', format: 'pem' }));

let kept: { eventId: string; body: string }[];
let fails: boolean;
let parts: WebhookParts;
let app: Hono;

beforeEach(() => {
  kept = [];
  fails = false;
  let next = 0;
  parts = {
    guarded: [{ provider: 'aws', account: '123456789012', regions: ['eu-central-1'] }],
    history: SqliteHistory.open(':memory:'),
    put: async (eventId, body) => {
      if (fails) throw new Error('the disk is full');
      kept.push({ eventId, body });
      return true;
    },
    secret: async () => secret,
    partnerKeys: async () => new Map([['key-1', gitHubKey]]),
    alert: null,
    now: () => now,
    newId: () => `id-${next++}`,
  };
  app = make(parts);
});

function make(of: WebhookParts): Hono {
  const made = new Hono();
  made.onError((_error, context) => context.json({ error: 'not stored' }, 503));
  webhookRoutes(of)(made, () => {});
  return made;
}

type Headers = { [name: string]: string };
const send = (path: string, body: string, headers: Headers, to = app) =>
  to.request(path, { method: 'POST', body, headers });

function signed(body: string, over: { id?: string; at?: number; by?: string; body?: string } = {}): Headers {
  const { id = 'msg-1', at = now.getTime() / 1000, by = secret } = over;
  const mac = createHmac('sha256', by)
    .update(`${id}.${at}.${over.body ?? body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${mac}` };
}

function hook(body: string, over: Headers = {}, by = secret): Headers {
  return {
    'content-type': 'application/json',
    'x-github-event': 'secret_scanning_alert',
    'x-hub-signature-256': `sha256=${createHmac('sha256', by).update(body).digest('hex')}`,
    ...over,
  };
}

function partner(body: string, over: Headers = {}): Headers {
  const signature = createSign('SHA256').update(body).sign(pair.privateKey, 'base64');
  return { 'github-public-key-identifier': 'key-1', 'github-public-key-signature': signature, ...over };
}

const report = JSON.stringify({ found: key, secret: secretKey, where: 'https://example.com/paste' });
const alert = (over: object = {}, action = 'created') =>
  JSON.stringify({
    action,
    alert: {
      number: 7,
      secret_type: 'aws_access_key_id',
      secret: key,
      created_at: '2026-11-24T07:00:00Z',
      ...over,
    },
    repository: { full_name: 'octo/site' },
  });
const tokens = JSON.stringify([
  { token: `${key}:${secretKey}`, type: 'aws', url: 'https://example.com', source: 'content' },
]);

describe('what is kept of a genuine webhook', () => {
  it.each([
    ['signed', '/webhooks/signed', report, signed, 'signed webhook', 'a signed webhook'],
    [
      "GitHub's webhook",
      '/webhooks/github',
      alert({ note: secretKey }),
      hook,
      'GitHub alert 7 of octo/site',
      'GitHub alert 7 of octo/site',
    ],
    [
      "GitHub's partner message",
      '/webhooks/github',
      tokens,
      partner,
      'GitHub secret scanning',
      'GitHub secret scanning',
    ],
  ] as const)('%s: the key, who says so, and no secret', async (_what, path, body, headers, name, by) => {
    const answer = await send(path, body, headers(body));

    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ credentials: 1 });
    expect(kept).toHaveLength(1);
    expect(kept[0]?.body).not.toContain(secretKey);
    const event = normalise(JSON.parse(kept[0]?.body ?? ''));
    expect(event).toMatchObject({ eventId: kept[0]?.eventId, name, ignored: null });
    expect(event.hints).toEqual([
      {
        provider: 'aws',
        account: '123456789012',
        region: 'global',
        kind: 'credential',
        id: key,
        leak: { by, what: key, sure: true },
      },
    ]);
  });

  it('a private key leads to its fingerprints in every guarded place', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const body = JSON.stringify({ pem });
    await send('/webhooks/signed', body, signed(body));
    const event = normalise(JSON.parse(kept[0]?.body ?? ''));
    const [found] = recognise(pem);
    expect(event.hints).toMatchObject([{ kind: 'key-fingerprint', region: 'eu-central-1' }]);
    expect(event.hints[0]?.id).toContain(found?.id);
    expect(kept[0]?.body).not.toContain(pem.split('\n')[1]);
  });

  it('an alert without its secret is asked for at GitHub; only the id is kept', async () => {
    const asked: string[] = [];
    const to = make({
      ...parts,
      alert: async (path) => {
        asked.push(path);
        return recognise(`${key} ${secretKey}`);
      },
    });
    const body = alert({ secret: undefined });
    expect((await send('/webhooks/github', body, hook(body), to)).status).toBe(202);
    expect(asked).toEqual(['/repos/octo/site/secret-scanning/alerts/7']);
    expect(kept[0]?.body).toContain(key);
    expect(kept[0]?.body).not.toContain(secretKey);
  });
});

const later = { at: now.getTime() / 1000 + 301 };
const earlier = { at: now.getTime() / 1000 - 301 };
const big = JSON.stringify({ text: 'x'.repeat(1024 * 1024) });
const deep = `{"action":"created","alert":${'['.repeat(100)}${']'.repeat(100)}}`;
const old = alert({ created_at: '2026-11-20T07:00:00Z' });

/** Every way of not being genuine, of now, or readable. */
const refused: [what: string, path: string, body: string, headers: Headers, status: number, error: RegExp][] =
  [
    [
      'signed with another secret',
      '/webhooks/signed',
      report,
      signed(report, { by: 'guess' }),
      401,
      /does not fit/,
    ],
    [
      'signed for another body',
      '/webhooks/signed',
      report,
      signed(report, { body: '{}' }),
      401,
      /does not fit/,
    ],
    [
      'signed for another time',
      '/webhooks/signed',
      report,
      { ...signed(report), 'webhook-timestamp': '1' },
      401,
      /does not fit/,
    ],
    [
      'under another id',
      '/webhooks/signed',
      report,
      { ...signed(report), 'webhook-id': 'other' },
      401,
      /does not fit/,
    ],
    ['not signed', '/webhooks/signed', report, {}, 401, /expected the headers/],
    [
      'with an id of another shape',
      '/webhooks/signed',
      report,
      signed(report, { id: 'a b' }),
      401,
      /another shape/,
    ],
    ['late', '/webhooks/signed', report, signed(report, earlier), 400, /301 s ago/],
    ['from the future', '/webhooks/signed', report, signed(report, later), 400, /s ago/],
    ['oversized', '/webhooks/signed', big, signed(big), 413, /at most/],
    ['GitHub: another secret', '/webhooks/github', alert(), hook(alert(), {}, 'guess'), 401, /does not fit/],
    ['GitHub: a changed body', '/webhooks/github', alert({ number: 8 }), hook(alert()), 401, /does not fit/],
    [
      'GitHub: SHA-1',
      '/webhooks/github',
      alert(),
      hook(alert(), { 'x-hub-signature-256': 'sha1=00' }),
      401,
      /expected/,
    ],
    [
      'GitHub: not signed',
      '/webhooks/github',
      alert(),
      { 'x-github-event': 'secret_scanning_alert' },
      401,
      /expected/,
    ],
    [
      'GitHub: as a form',
      '/webhooks/github',
      alert(),
      hook(alert(), { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      /application\/json/,
    ],
    ['GitHub: late', '/webhooks/github', old, hook(old), 400, /three days/],
    ['GitHub: no alert', '/webhooks/github', '{}', hook('{}'), 400, /no alert/],
    ['GitHub: no JSON', '/webhooks/github', 'hello', hook('hello'), 400, /no alert/],
    ['GitHub: deep', '/webhooks/github', deep, hook(deep), 400, /nested deeper/],
    ['GitHub: oversized', '/webhooks/github', big, hook(big), 413, /at most/],
    [
      'partner: an unknown key',
      '/webhooks/github',
      tokens,
      partner(tokens, { 'github-public-key-identifier': 'key-2' }),
      401,
      /no public key/,
    ],
    ['partner: a changed body', '/webhooks/github', '[]', partner(tokens), 401, /does not fit/],
    [
      'partner: no signature at all',
      '/webhooks/github',
      tokens,
      partner(tokens, { 'github-public-key-signature': '!!' }),
      401,
      /does not fit/,
    ],
    ['partner: no list', '/webhooks/github', '{}', partner('{}'), 400, /no list/],
  ];

test.each(refused)('%s: refused, and nothing is kept', async (_what, path, body, headers, status, error) => {
  const answer = await send(path, body, headers);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ error: expect.stringMatching(error) });
  expect(kept).toEqual([]);
});

describe('the same message again', () => {
  it.each([
    ['signed', '/webhooks/signed', report, () => signed(report)],
    [
      'GitHub, under another delivery id',
      '/webhooks/github',
      alert(),
      (n: number) => hook(alert(), { 'x-github-delivery': String(n) }),
    ],
    ['partner', '/webhooks/github', tokens, () => partner(tokens)],
  ] as const)('%s is refused as a replay', async (_what, path, body, headers) => {
    expect((await send(path, body, headers(1))).status).toBe(202);
    const again = await Promise.all([2, 3].map((n) => send(path, body, headers(n))));
    expect(again.map((one) => one.status)).toEqual([409, 409]);
    expect(kept).toHaveLength(1);
  });

  it('is accepted where the first could not be stored: nothing is lost', async () => {
    fails = true;
    expect((await send('/webhooks/signed', report, signed(report))).status).toBe(503);
    fails = false;
    expect((await send('/webhooks/signed', report, signed(report))).status).toBe(202);
    expect(kept).toHaveLength(1);
  });
});

test.each([
  ['a ping', hook('{}', { 'x-github-event': 'ping' }), '{}'],
  ['another event', hook('{}', { 'x-github-event': 'push' }), '{}'],
  ['an alert that was resolved', hook(alert({}, 'resolved')), alert({}, 'resolved')],
])('%s is acknowledged and kept out', async (_what, headers, body) => {
  const answer = await send('/webhooks/github', body, headers);
  expect(answer.status).toBe(202);
  expect(await answer.json()).toHaveProperty('ignored');
  expect(kept).toEqual([]);
});

test('without a secret a webhook is off, and says which variable turns it on', async () => {
  const off = make({ ...parts, secret: async () => null, partnerKeys: null });
  for (const [path, headers] of [
    ['/webhooks/signed', signed('{}')],
    ['/webhooks/github', hook('{}')],
    ['/webhooks/github', partner('{}')],
  ] as const) {
    const answer = await send(path, '{}', headers, off);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/SNAPSHUT_\w+ is not set/) });
  }
  expect((await app.request('/webhooks/signed')).status).toBe(405);
});

test("the example of GitHub's own documentation verifies", () => {
  // https://docs.github.com/code-security/secret-scanning/secret-scanning-partnership-program
  const body = Buffer.from('[{"token":"some_token","type":"some_type","url":"some_url"}]');
  const signature =
    'MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=';
  const point =
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUqkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==';
  const id = '90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a';
  const keys = new Map([[id, `-----BEGIN PUBLIC KEY-----\n${point}\n-----END PUBLIC KEY-----\n`]]);

  expect(refusePartner({ id, signature }, body, keys)).toBeNull();
  expect(refusePartner({ id, signature }, Buffer.from(`${body} `), keys)).toMatchObject({ status: 401 });
});

test('GitHub is asked for its keys once an hour, and an alert yields ids alone', async () => {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(url);
    const body = url.endsWith('/meta/public_keys/secret_scanning')
      ? { public_keys: [{ key_identifier: 'k', key: 'pem', is_current: true }] }
      : { secret: `${key} ${secretKey}` };
    return new Response(JSON.stringify(body));
  };
  let nowMs = 0;
  const keys = publicKeys('https://api', fetch, () => nowMs);
  await keys();
  expect([...(await keys())]).toEqual([['k', 'pem']]);
  nowMs = 3_600_001;
  await keys();
  expect(asked).toHaveLength(2);
  const found = await leakedInAlert('/repos/a/b/secret-scanning/alerts/1', 'https://api', fetch, 't');
  expect(JSON.stringify(found)).not.toContain(secretKey);
  expect(found).toMatchObject([{ id: key }]);
});

test.skipIf(corpora === null)(
  'the alert that GitHub documents is accepted, and names nothing of ours',
  async () => {
    const body = readFileSync(join(String(corpora), 'github_secret_scanning_alert_reopened.json'), 'utf8');
    expect((await send('/webhooks/github', body, hook(body))).status).toBe(202);
    expect(normalise(JSON.parse(kept[0]?.body ?? ''))).toMatchObject({ hints: [], malformed: false });
  },
);
