import { expect, test } from 'vitest';
import { runSchedule } from '../../lib/handler/schedule.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { line } from '../../lib/loop.ts';
import type { OutcomeName } from '../../lib/model.ts';
import type { Source } from '../../lib/polling.ts';

async function run(event: unknown, { leftMs = 900_000, sources = [] as Source[] } = {}) {
  const done: string[] = [];
  const put: string[] = [];
  const history = SqliteHistory.open(':memory:');
  const lines: { [name: string]: unknown }[] = [];
  async function* sweep() {
    for (const outcome of ['clean', 'fixed', 'clean'] satisfies OutcomeName[]) {
      done.push(outcome);
      yield line({ trigger: { eventId: 'sweep/1' }, resource: null, outcome, why: 'why' });
    }
  }
  const failure = await runSchedule(event, {
    service: {
      sources,
      loop: { history, now: () => new Date('2026-11-24T12:00:00Z') },
      housekeep: async () => {
        done.push('housekeeping');
        return [];
      },
      sweep,
      async *scan() {
        for (const at of [1, 2]) {
          done.push(`scan ${at}`);
          yield line({ trigger: { eventId: `scan/${at}` }, resource: null, outcome: 'told', why: 'why' });
        }
      },
    },
    log: (_, message, fields) => lines.push({ message, ...fields }),
    inbox: {
      put: async (_, body) => {
        put.push(body);
        return true;
      },
    },
    leftMs: () => leftMs,
  }).catch((error: Error) => error.message);
  return { done, lines, put, failure, remembered: (name: string) => history.setting(name) };
}

test('what people wait for comes before the sweep; clean resources are only counted', async () => {
  const { done, lines } = await run({ task: 'sweep' });

  expect(done).toEqual(['housekeeping', 'clean', 'fixed', 'clean']);
  expect(lines).toMatchObject([
    { message: 'housekeeping done' },
    { message: 'outcome', eventId: 'sweep/1', outcome: 'fixed' },
    { message: 'sweep done', counts: { clean: 2, fixed: 1 } },
  ]);
});

test('housekeeping alone does not sweep', async () => {
  expect((await run({ task: 'housekeep' })).done).toEqual(['housekeeping']);
});

test('a sweep that runs out of time stops and says so', async () => {
  const { done, lines } = await run(null, { leftMs: 1_000 });

  expect(done).toEqual(['housekeeping', 'clean']);
  expect(lines.at(-1)).toMatchObject({ message: 'sweep stopped: too little time left' });
});

test('polling asks the clouds that push no events, puts what they said into the queue, and moves on', async () => {
  const body = { resources: [] };
  const source = (name: string, everyMs: number, ask: Source['ask']): Source => ({
    name,
    everyMs,
    jitterMs: 0,
    ask,
  });
  const said = async () => ({ events: [{ eventId: 'e-1', body }], remembered: 'seen' });

  const { done, put, failure, remembered, lines } = await run(
    { task: 'poll' },
    {
      sources: [
        source('poll/dead', 60_000, () => Promise.reject(new Error('no answer'))),
        source('poll/live', 30_000, said),
        // Noon is its turn, and 12:01 is not.
        source('poll/rare', 600_000, said),
        source('poll/odd', 420_000, said),
      ],
    },
  );

  expect(done).toEqual([]);
  expect(put).toEqual([JSON.stringify(body), JSON.stringify(body)]);
  expect(failure).toBe('not asked: poll/dead');
  expect(await remembered('poll/live')).toBe('seen');
  expect(await remembered('poll/dead')).toBeNull();
  expect(lines).toContainEqual({ message: 'source not asked', source: 'poll/dead', why: 'no answer' });
});

test('a scan looks at nothing else, and what its time does not suffice for waits for the next start', async () => {
  expect((await run({ task: 'scan' })).done).toEqual(['housekeeping', 'scan 1', 'scan 2']);

  const { done, lines } = await run({ task: 'scan' }, { leftMs: 1_000 });
  expect(done).toEqual(['housekeeping', 'scan 1']);
  expect(lines.at(-1)).toMatchObject({ message: 'scan stopped: the next start goes on with it' });
});
