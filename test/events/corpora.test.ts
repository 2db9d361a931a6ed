import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readEvents } from '../../lib/intake/read-events.ts';
import { type Normalised, normaliseAll } from '../../lib/normalise.ts';

/** Real records of others, which are not part of this repository. */
const beside = fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const corpora = existsSync(beside) ? beside : (process.env.SNAPSHUT_CORPORA ?? beside);
const files = existsSync(corpora) ? readdirSync(corpora).filter((name) => /\.jsonl?$/.test(name)) : [];

/** The records inside a corpus line, whatever it calls them. */
function recordsIn(line: unknown): unknown[] {
  if (typeof line !== 'object' || line === null) return [line];
  const inner = ['event', 'record', 'body', 'data'].flatMap((name) =>
    name in line ? [Reflect.get(line, name)] : [],
  );
  return inner.length > 0 ? inner : [line];
}

async function normalised(name: string): Promise<{ events: Normalised[]; unreadable: number }> {
  const events: Normalised[] = [];
  let unreadable = 0;
  for await (const one of readEvents([`${corpora}/${name}`], { stdin: (async function* () {})() })) {
    if ('unreadable' in one) unreadable++;
    else events.push(...recordsIn(one.event).flatMap(normaliseAll));
  }
  return { events, unreadable };
}

describe.skipIf(files.length === 0)('records of real accounts', () => {
  test.each(files)('%s are all answered', async (name) => {
    const { events, unreadable } = await normalised(name);

    const looked = events.filter((event) => event.hints.length > 0).length;
    const malformed = events.filter((event) => event.malformed).length;
    console.log(
      `${name}: ${events.length} events, ${looked} looked at, ${malformed} no events, ${unreadable} unreadable`,
    );
    expect(unreadable).toBe(0);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event.ignored === null).toBe(event.hints.length > 0);
      // What is to be shut must be named; beside it no key gets in.
      const hints = event.hints.filter((hint) => hint.kind !== 'credential');
      expect(JSON.stringify({ ...event, hints })).not.toMatch(/\b(AKIA|ASIA)[A-Z0-9]{12,}/);
    }
  });

  test('every CloudTrail record has an account, a time and an actor', async () => {
    const { events } = await normalised('cloudtrail_invictus_early.jsonl');

    expect(events).toHaveLength(572);
    expect(events.filter((event) => event.malformed || !event.account || !event.at || !event.actor)).toEqual(
      [],
    );
    expect(new Set(events.map((event) => event.eventId)).size).toBe(572);
  });

  test('launched instances lead to their groups, failed launches to nothing', async () => {
    const { events } = await normalised('cloudtrail_invictus_early.jsonl');
    const launches = events.filter((event) => event.name === 'RunInstances');

    const group = {
      kind: 'firewall',
      id: 'sg-0b233157065b7d5e2',
      account: '123837392027',
      region: 'us-east-1',
    };
    const ok = launches.filter((event) => event.ignored === null);
    expect(ok.length).toBeGreaterThan(0);
    for (const event of ok) expect(event.hints[0]?.id).toMatch(/^sg-/);
    expect(ok.some((event) => event.hints.some((hint) => hint.id === group.id))).toBe(true);
    for (const event of launches.filter((one) => one.ignored !== null)) {
      expect(event.ignored).toBe('failed API call RunInstances: Client.InvalidParameterValue');
    }
    const made = events.find((event) => event.name === 'CreateNetworkInterface');
    expect(made?.hints).toMatchObject([group]);
    expect(made?.actor).toMatchObject({ via: 'terraform', name: 'arn:aws:iam::123837392027:user/bert-jan' });
  });
});
