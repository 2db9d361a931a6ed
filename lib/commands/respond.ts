import { pMapIterable } from 'p-map';
import { messageOf } from '../errors.ts';
import { type Intake, readEvents } from '../intake/read-events.ts';
import type { Outcome, OutcomeName } from '../model.ts';
import { normalise } from '../normalise.ts';
import { failedLine } from '../respond.ts';
import { type Service, wire } from '../wire.ts';
import { exitCodeOf, printJson, warn } from './print.ts';

/** Events under way at once: enough to be read together, few enough for sockets and the cloud's limits. */
const width = 100;

interface Options {
  dryRun: boolean;
  policy?: string;
}

/** `snapshut respond`: one process, distinct resources at once, one resource in order. */
export async function respondFiles(files: readonly string[], options: Options): Promise<number> {
  const service = await wire({ policyFile: options.policy, dryRun: options.dryRun });
  const seen: OutcomeName[] = [];
  let unreadable = 0;
  try {
    const events = readEvents(files, { stdin: process.stdin });
    const answers = pMapIterable(events, (intake) => answer(intake, service), { concurrency: width });
    for await (const { outcomes, problem } of answers) {
      if (problem !== null) {
        unreadable += 1;
        warn(problem);
      }
      for (const outcome of outcomes) {
        seen.push(outcome.outcome);
        printJson(outcome);
      }
    }
  } finally {
    await service.close();
  }
  if (unreadable > 0) warn(`${unreadable} unreadable; the rest was handled`);
  return unreadable > 0 ? 1 : exitCodeOf(seen);
}

async function answer(
  intake: Intake,
  service: Service,
): Promise<{ outcomes: Outcome[]; problem: string | null }> {
  if ('unreadable' in intake) return { outcomes: [], problem: `${intake.source}: ${intake.unreadable}` };
  const event = normalise(intake.event);
  const problem = event.malformed ? `${intake.source}: ${event.ignored}` : null;
  try {
    return { outcomes: await service.handle(event), problem };
  } catch (error) {
    warn(`${intake.source}: ${messageOf(error)}`);
    return { outcomes: [failedLine(event.eventId, error)], problem };
  }
}
