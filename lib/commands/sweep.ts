import type { OutcomeName } from '../model.ts';
import type { SweepProgress } from '../sweep.ts';
import { wire } from '../wire.ts';
import { exitCodeOf, printJson, say, tellOutcome, warn } from './print.ts';
import { progressBar } from './progress.ts';

interface Options {
  dryRun: boolean;
  json: boolean;
  policy?: string;
  now?: string;
  fromStart: boolean;
}

/** `snapshut sweep` */
export async function sweepAll(options: Options): Promise<number> {
  const service = await wire({ policyFile: options.policy, dryRun: options.dryRun, now: options.now });
  const seen = new Map<OutcomeName, number>();
  const bar = progressBar('resources');
  let progress: SweepProgress | null = null;
  const onProgress = (now: SweepProgress) => {
    if (progress === null && now.carriedOn !== null) warn(carriedOn(now));
    progress = now;
    bar.update(now);
  };
  try {
    for await (const outcome of service.sweep({ onProgress, fromStart: options.fromStart })) {
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
  for (const sentence of unread(progress)) warn(sentence);
  return exitCodeOf(seen.keys());
}

function carriedOn({ carriedOn: since, done }: SweepProgress): string {
  return `Carrying on the sweep of ${since}: ${done} resources are done (--from-start begins anew).`;
}

/** What a reader of the lines must not take for clean, said once more at the end. */
function unread(progress: SweepProgress | null): string[] {
  if (progress === null || progress.unreadCount === 0) return [];
  const { unread: sentences, unreadCount } = progress;
  const more = unreadCount - sentences.length;
  return [
    `Could not be read (${unreadCount}):`,
    ...sentences.map((one) => `  ${one}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
