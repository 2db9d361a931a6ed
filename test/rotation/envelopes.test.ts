import { generateKeyPairSync } from 'node:crypto';
import { Hono } from 'hono';
import { beforeEach, expect, it } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { envelopeDelivery } from '../../lib/rotation/envelope-delivery.ts';
import { recipientOf } from '../../lib/rotation/seal.ts';
import { Secret } from '../../lib/rotation/secret.ts';
import { envelopeRoutes } from '../../lib/serve/envelopes.ts';
import { canary } from './keyring.ts';

let app: Hono;

beforeEach(async () => {
  const history = SqliteHistory.open(':memory:');
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const secret = new Secret({ accessKeyId: 'AKIA1', secretAccessKey: canary });
  await envelopeDelivery(history, recipientOf(pem)).deliver('case-1', { id: 'AKIA1', secret });
  app = new Hono();
  let asked = 0;
  envelopeRoutes({ history, now: () => new Date(), newId: () => `ask-${asked++}` })(app, () => {});
});

it('a chat program that looks at the link takes nothing', async () => {
  for (let look = 0; look < 3; look += 1) {
    const page = await app.request('/envelopes/case-1');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<button>');
    expect((await app.request('/envelopes/case-1', { method: 'HEAD' })).status).toBe(200);
  }

  expect((await app.request('/envelopes/case-1', { method: 'POST' })).status).toBe(200);
});

it('the button hands the sealed envelope out once, and nothing readable with it', async () => {
  const first = await app.request('/envelopes/case-1', { method: 'POST' });
  const second = await app.request('/envelopes/case-1', { method: 'POST' });

  const text = await first.text();
  expect(text).toMatch(/^-----BEGIN CMS-----/);
  expect(text).not.toContain(canary);
  expect(first.headers.get('cache-control')).toBe('no-store');
  expect(second.status).toBe(410);
  expect((await app.request('/envelopes/case-1')).status).toBe(404);
});

it.each([
  'none',
  '..%2F..%2Fetc',
  '%00',
  '<script>',
  'x'.repeat(5_000),
])('a case that is none (%#) is answered without an echo of it', async (caseId) => {
  const page = await app.request(`/envelopes/${encodeURIComponent(caseId)}`);

  expect(page.status).toBe(404);
  expect(await page.text()).not.toContain('script>');
});
