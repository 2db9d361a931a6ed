import { expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { InboxRunner } from '../../lib/serve/inbox-runner.ts';

/** A runner on an inbox in memory, with a clock that the test turns. */
function inMemory(
  handle: (body: string) => Promise<void>,
  over: { width?: number; visibilityMs?: number } = {},
) {
  const inbox = SqliteInbox.open(':memory:', { maxTries: 3 });
  const clock = { ms: 1_000_000 };
  const warned: string[] = [];
  const warn = (text: string) => void warned.push(text);
  const runner = new InboxRunner({ inbox, handle, now: () => new Date(clock.ms), warn, ...over });
  return { inbox, clock, warned, runner };
}

it('what is handled is done and does not come again', async () => {
  const handled: string[] = [];
  const { inbox, clock, runner } = inMemory(async (body) => void handled.push(body));
  await inbox.put('a', 'one', clock.ms);
  await inbox.put('a', 'one', clock.ms);

  await runner.settle();
  clock.ms += 10 * 60_000;
  await runner.settle();

  expect(handled).toEqual(['one']);
  expect(await inbox.counts(clock.ms)).toEqual({ waiting: 0, taken: 0, dead: 0, oldestAgeMs: null });
});

it('what may succeed later is tried later, and is dead with its reason after the last try', async () => {
  let tries = 0;
  const { inbox, clock, runner } = inMemory(async () => {
    tries += 1;
    throw new RetryableError(`throttled ${tries}`);
  });
  await inbox.put('a', 'one', clock.ms);

  await runner.settle();
  await runner.settle();
  expect(tries).toBe(1);
  for (let round = 0; round < 10; round++) {
    clock.ms += 60_000;
    await runner.settle();
  }

  expect(tries).toBe(3);
  expect(await inbox.deadLetters(10)).toMatchObject([{ eventId: 'a', body: 'one', reason: 'throttled 3' }]);
});

it('what can never succeed is dead at once, and its neighbours are done', async () => {
  const { inbox, clock, runner, warned } = inMemory(async (body) => {
    if (body === 'poison') throw new TerminalError('not JSON');
  });
  for (const body of ['one', 'poison', 'two']) await inbox.put(body, body, clock.ms);

  await runner.settle();

  expect(await inbox.deadLetters(10)).toMatchObject([{ eventId: 'poison', reason: 'not JSON', tries: 1 }]);
  expect(await inbox.counts(clock.ms)).toMatchObject({ waiting: 0, taken: 0, dead: 1 });
  expect(warned).toEqual(['event poison, try 1: not JSON']);
});

it('what takes long is not handed out a second time', async () => {
  let starts = 0;
  const { inbox, clock, runner } = inMemory(
    async () => {
      starts += 1;
      for (let step = 0; step < 6; step++) {
        clock.ms += 20;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    { visibilityMs: 60 },
  );
  await inbox.put('a', 'one', clock.ms);

  const first = runner.settle();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await runner.settle();
  await first;

  expect(starts).toBe(1);
});

it('ends only when what is under way has ended', async () => {
  const stop = new AbortController();
  let isDone = false;
  const { inbox, clock, runner } = inMemory(async () => {
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    isDone = true;
  });
  await inbox.put('a', 'one', clock.ms);

  await runner.run(stop.signal);

  expect(isDone).toBe(true);
});
