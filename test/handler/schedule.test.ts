import { expect, test } from 'vitest';
import { runSchedule } from '../../lib/handler/schedule.ts';
import { line } from '../../lib/loop.ts';
import type { OutcomeName } from '../../lib/model.ts';

async function run(event: unknown, { leftMs = 900_000 } = {}) {
  const done: string[] = [];
  const lines: { [name: string]: unknown }[] = [];
  async function* sweep() {
    for (const outcome of ['clean', 'fixed', 'clean'] satisfies OutcomeName[]) {
      done.push(outcome);
      yield line({ trigger: { eventId: 'sweep/1' }, resource: null, outcome, why: 'why' });
    }
  }
  await runSchedule(event, {
    service: {
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
    leftMs: () => leftMs,
  });
  return { done, lines };
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

test('a scan looks at nothing else, and what its time does not suffice for waits for the next start', async () => {
  expect((await run({ task: 'scan' })).done).toEqual(['housekeeping', 'scan 1', 'scan 2']);

  const { done, lines } = await run({ task: 'scan' }, { leftMs: 1_000 });
  expect(done).toEqual(['housekeeping', 'scan 1']);
  expect(lines.at(-1)).toMatchObject({ message: 'scan stopped: the next start goes on with it' });
});
