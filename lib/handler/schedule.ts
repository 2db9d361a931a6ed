import type { Outcome } from '../model.ts';
import type { SweepProgress } from '../sweep.ts';
import { type Log, outcomeFields } from './log.ts';

export interface ScheduledService {
  /** Open intents, expired approvals, what people were not told. */
  housekeep(): Promise<Outcome[]>;
  sweep(onProgress?: (progress: SweepProgress) => void): AsyncIterable<Outcome>;
  scan(): AsyncIterable<Outcome>;
}

export interface ScheduleParts {
  service: ScheduledService;
  log: Log;
  leftMs(): number;
}

/** What a resource on its way may still need. */
const stopMs = 30_000;

/** `{"task": "housekeep"}` does only that, `{"task": "scan"}` scans beside it; anything else sweeps too. */
export async function runSchedule(event: unknown, { service, log, leftMs }: ScheduleParts): Promise<void> {
  for (const outcome of await service.housekeep()) log('info', 'outcome', outcomeFields(outcome));
  log('info', 'housekeeping done', {});
  const task = typeof event === 'object' && event !== null && 'task' in event ? event.task : 'sweep';
  if (task === 'housekeep') return;
  if (task === 'scan') return scanWhileTime(service, log, leftMs);

  const counts: { [outcome: string]: number } = {};
  let progress: SweepProgress = { done: 0, total: 0 };
  const outcomes = service.sweep((now) => {
    progress = now;
  });
  for await (const outcome of outcomes) {
    counts[outcome.outcome] = (counts[outcome.outcome] ?? 0) + 1;
    if (outcome.outcome !== 'clean') log('info', 'outcome', outcomeFields(outcome));
    if (leftMs() >= stopMs) continue;
    log('error', 'sweep stopped: too little time left', { ...progress, counts });
    return;
  }
  log('info', 'sweep done', { ...progress, counts });
}

/** What is left when the time is over is gone on with by the next start. */
async function scanWhileTime(service: ScheduledService, log: Log, leftMs: () => number): Promise<void> {
  for await (const outcome of service.scan()) {
    if (outcome.outcome !== 'clean') log('info', 'outcome', outcomeFields(outcome));
    if (leftMs() < stopMs) return log('info', 'scan stopped: the next start goes on with it', {});
  }
  log('info', 'scan done', {});
}
