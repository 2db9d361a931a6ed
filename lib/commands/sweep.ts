import type { OutcomeName } from '../model.ts';
import { wire } from '../wire.ts';
import { exitCodeOf, printJson, say, tellOutcome } from './print.ts';
import { progressBar } from './progress.ts';

interface Options {
  dryRun: boolean;
  json: boolean;
  policy?: string;
  now?: string;
}

/** `snapshut sweep` */
export async function sweepAll(options: Options): Promise<number> {
  const service = await wire({ policyFile: options.policy, dryRun: options.dryRun, now: options.now });
  const seen = new Map<OutcomeName, number>();
  const bar = progressBar('resources');
  try {
    for await (const outcome of service.sweep(bar.update)) {
      seen.set(outcome.outcome, (seen.get(outcome.outcome) ?? 0) + 1);
      if (options.json) printJson(outcome);
      else if (outcome.outcome !== 'clean') {
        const about = outcome.caseId === null ? null : await service.loop.history.get(outcome.caseId);
        bar.clear();
        say(tellOutcome(outcome, about));
      }
    }
    bar.clear();
    if (!options.dryRun) await service.housekeep();
  } finally {
    await service.close();
  }
  if (!options.json)
    say([...seen].map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing to look at');
  return exitCodeOf(seen.keys());
}
