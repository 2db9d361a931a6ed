import type { Outcome } from '../model.ts';
import type { SweepOptions, SweepProgress } from '../sweep.ts';
import { type Log, outcomeFields } from './log.ts';

export interface ScheduledService {
  /** Open intents, expired approvals, what people were not told. */
  housekeep(): Promise<Outcome[]>;
  sweep(options?: SweepOptions): AsyncIterable<Outcome>;
}

export interface ScheduleParts {
  service: ScheduledService;
  log: Log;
  leftMs(): number;
}

/** What a resource on its way may still need. */
const stopMs = 30_000;

/** `{"task": "housekeep"}` does only that; anything else sweeps too. */
export async function runSchedule(event: unknown, { service, log, leftMs }: ScheduleParts): Promise<void> {
  for (const outcome of await service.housekeep()) log('info', 'outcome', outcomeFields(outcome));
  log('info', 'housekeeping done', {});
  if (typeof event === 'object' && event !== null && 'task' in event && event.task === 'housekeep') return;

  const counts: { [outcome: string]: number } = {};
  let progress: Partial<SweepProgress> = {};
  const onProgress = (now: SweepProgress) => {
    progress = now;
  };
  for await (const outcome of service.sweep({ onProgress })) {
    counts[outcome.outcome] = (counts[outcome.outcome] ?? 0) + 1;
    if (outcome.outcome !== 'clean') log('info', 'outcome', outcomeFields(outcome));
    if (leftMs() >= stopMs) continue;
    log('info', 'sweep stopped: too little time left', { ...progress, counts });
    return;
  }
  log(progress.unreadCount ? 'error' : 'info', 'sweep done', { ...progress, counts });
}
