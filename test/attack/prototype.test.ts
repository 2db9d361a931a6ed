import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { normaliseAll } from '../../lib/normalise.ts';
import { interactionOf } from '../../lib/slack/interaction.ts';
import { RequestReader } from '../../lib/waf/formats/formats.ts';
import { readHook } from '../../lib/webhooks/github.ts';

/** Names that mean the prototype of every object, put anywhere into what strangers send. */

const root = join(import.meta.dirname, '../..');
const samples = globSync('events/**/*.json', { cwd: root }).map((file) =>
  readFileSync(join(root, file), 'utf8'),
);
const now = new Date('2026-11-24T08:00:00Z');

const poison = fc.constantFrom(
  '"__proto__":{"polluted":true}',
  '"constructor":{"prototype":{"polluted":true}}',
  '"prototype":{"polluted":true},"__proto__":[]',
  '"__proto__":null,"toString":null,"hasOwnProperty":1',
);

/** The text with the poison as first field of one of its objects. */
const poisoned = (text: string) =>
  fc.tuple(poison, fc.nat()).map(([fields, at]) => {
    const braces = [...text.matchAll(/\{(?=\s*")/g)].map((match) => match.index + 1);
    const place = braces[at % braces.length] ?? 1;
    return `${text.slice(0, place)}${fields},${text.slice(place)}`;
  });

const wafLine = JSON.stringify({
  timestamp: now.getTime(),
  formatVersion: 1,
  webaclId: 'arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/w/1',
  action: 'ALLOW',
  httpRequest: {
    clientIp: '203.0.113.9',
    uri: '/',
    args: '',
    httpMethod: 'GET',
    headers: [{ name: 'Host', value: 'x' }],
  },
});
const click = JSON.stringify({
  type: 'block_actions',
  user: { id: 'UBOB', team_id: 'T1' },
  channel: { id: 'C1' },
  message: { ts: '1.1' },
  actions: [{ action_id: 'approve', value: '{"caseId":"c","plan":null}' }],
});
const hook = JSON.stringify({
  action: 'created',
  alert: { number: 1, secret_type: 'aws', secret: 'x', updated_at: now.toISOString() },
  repository: { full_name: 'a/b' },
});

const readers: { [what: string]: { texts: string[]; read(text: string): void } } = {
  'an event': { texts: samples, read: (text) => void normaliseAll(JSON.parse(text)) },
  'a policy file': {
    texts: [
      JSON.stringify({
        accounts: [{ provider: 'aws', id: '123456789012', regions: ['x'] }],
        controls: { 'public-port': { mode: 'ask' } },
      }),
    ],
    read: (text) => void parsePolicy(text, controls, { now }),
  },
  'a line of a log': {
    texts: [wafLine],
    read: (text) => {
      const reader = new RequestReader(() => {});
      reader.read(text);
    },
  },
  'a click': { texts: [click], read: (text) => void interactionOf(JSON.parse(text), now.toISOString()) },
  'a webhook': {
    texts: [hook],
    read: (text) => void readHook('secret_scanning_alert', Buffer.from(text), now),
  },
};

const before = Object.getOwnPropertyNames(Object.prototype).toSorted();
afterEach(() => {
  const held = Object.prototype as { polluted?: unknown };
  delete held.polluted;
});

test.each(Object.keys(readers))('in %s change no object', (what) => {
  const { texts, read } = readers[what] ?? { texts: [], read: () => {} };
  expect(texts.length).toBeGreaterThan(0);
  const texts$ = fc.constantFrom(...texts).chain(poisoned);
  fc.assert(
    fc.property(texts$, (text) => {
      read(text);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(before);
    }),
    { numRuns: 500 },
  );
});
