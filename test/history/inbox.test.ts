import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { SqliteFile } from '../../lib/history/sqlite-file.ts';
import type { Delivery, Inbox } from '../../lib/ports.ts';

const startMs = Date.parse('2026-01-05T10:00:00Z');
const minuteMs = 60_000;

let folder: string;
let path: string;
let inbox: Inbox;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshut-inbox-'));
  path = join(folder, 'history.db');
  inbox = SqliteInbox.open(path, { maxTries: 3 });
});
afterEach(async () => {
  await inbox.close();
  rmSync(folder, { recursive: true });
});

const takeAll = (nowMs: number) => inbox.take(100, nowMs, minuteMs);
async function takeOne(nowMs: number): Promise<Delivery> {
  const [one] = await takeAll(nowMs);
  if (!one) throw new Error('nothing was waiting');
  return one;
}

describe('the inbox', () => {
  it('accepts an event once, also after it is done, and events without an id always', async () => {
    expect(await inbox.put('e-1', '{"n":1}', startMs)).toBe(true);
    expect(await inbox.put('e-1', '{"n":1}', startMs)).toBe(false);
    expect(await inbox.put(null, 'a', startMs)).toBe(true);
    expect(await inbox.put(null, 'a', startMs)).toBe(true);

    for (const { id } of await takeAll(startMs)) await inbox.done(id, startMs);

    expect(await inbox.put('e-1', '{"n":1}', startMs + 1)).toBe(false);
    expect(await inbox.counts(startMs)).toEqual({ waiting: 0, taken: 0, dead: 0, oldestAgeMs: null });
  });

  it('accepts it again when it was forgotten', async () => {
    await inbox.put('e-1', 'x', startMs);
    await inbox.done((await takeOne(startMs)).id, startMs);

    expect(await inbox.forget(startMs)).toBe(0);
    expect(await inbox.forget(startMs + 1)).toBe(1);
    expect(await inbox.put('e-1', 'x', startMs + 2)).toBe(true);
  });

  it('hands out the longest waiting first, and to one taker only', async () => {
    const other = SqliteInbox.open(path);
    for (const [n, id] of ['e-1', 'e-2', 'e-3'].entries()) await inbox.put(id, `body of ${id}`, startMs + n);

    const mine = await inbox.take(2, startMs + 10, minuteMs);
    const theirs = await other.take(2, startMs + 10, minuteMs);

    expect(mine.map((one) => one.body)).toEqual(['body of e-1', 'body of e-2']);
    expect(theirs.map((one) => one.eventId)).toEqual(['e-3']);
    expect(await inbox.counts(startMs + 10)).toEqual({ waiting: 0, taken: 3, dead: 0, oldestAgeMs: 10 });
    await other.close();
  });

  it('hands out again what was taken and never finished, as after a crash', async () => {
    await inbox.put('e-1', 'x', startMs);
    await takeOne(startMs);
    await inbox.close();

    inbox = SqliteInbox.open(path, { maxTries: 3 });

    expect(await takeAll(startMs + minuteMs - 1)).toEqual([]);
    expect(await takeOne(startMs + minuteMs)).toMatchObject({ eventId: 'e-1', body: 'x', tries: 2 });
  });

  it('puts off what could not be done, and buries it with its reason after its tries', async () => {
    await inbox.put('e-1', 'x', startMs);
    for (const at of [0, 1, 2]) {
      const { id } = await takeOne(startMs + at);
      await inbox.retry(id, `throttled ${at}`, startMs + at + 1);
    }

    expect(await takeAll(startMs + 2 * minuteMs)).toEqual([]);
    const [letter] = await inbox.deadLetters(10);
    expect(letter).toMatchObject({ eventId: 'e-1', body: 'x', reason: 'throttled 2', tries: 3 });
    expect((await inbox.counts(startMs)).dead).toBe(1);
  });

  it('buries what ended the process at every try', async () => {
    await inbox.put('e-1', 'poison', startMs);
    for (const at of [0, 1, 2]) await takeOne(startMs + at * minuteMs);

    expect(await takeAll(startMs + 3 * minuteMs)).toEqual([]);
    expect((await inbox.deadLetters(1))[0]?.reason).toBe('never finished in 3 tries');
  });

  it('buries at once what no try can help, and gives every try again on demand', async () => {
    for (const id of ['e-1', 'e-2']) {
      await inbox.put(id, id, startMs);
      await inbox.dead((await takeOne(startMs)).id, 'no JSON', startMs);
    }
    const [last, first] = await inbox.deadLetters(10);
    expect([last?.eventId, first?.eventId]).toEqual(['e-2', 'e-1']);

    expect(await inbox.redrive(startMs, first?.id)).toBe(1);
    expect(await takeOne(startMs)).toMatchObject({ eventId: 'e-1', body: 'e-1', tries: 1 });
    expect(await inbox.redrive(startMs)).toBe(1);
    expect(await inbox.deadLetters(10)).toEqual([]);
  });

  it('does not bring back what is done, whatever a slow taker reports', async () => {
    await inbox.put('e-1', 'x', startMs);
    const { id } = await takeOne(startMs);
    await inbox.done(id, startMs);

    await inbox.retry(id, 'too slow', startMs);
    await inbox.dead(id, 'too slow', startMs);
    await inbox.done(id, startMs);

    expect(await takeAll(startMs + minuteMs)).toEqual([]);
    expect(await inbox.deadLetters(10)).toEqual([]);
  });

  it('keeps any body whole: hostile, empty, large', async () => {
    const bodies = ['', `'; drop table inbox; --`, '\u0000😀', 'x'.repeat(2_000_000)];
    for (const body of bodies) await inbox.put(null, body, startMs);

    expect((await takeAll(startMs)).map((one) => one.body)).toEqual(bodies);
  });

  it('lives in the file of the history, on the same connection', async () => {
    const file = SqliteFile.open(path);
    const shared = new SqliteInbox(file);
    const history = new SqliteHistory(file);

    await shared.put('e-1', 'x', startMs);
    await history.set('frozen', true);

    expect(await inbox.put('e-1', 'x', startMs)).toBe(false);
    await shared.close();
    await history.close();
  });
});
