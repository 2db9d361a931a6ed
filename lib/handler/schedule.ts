import type { Outcome } from '../model.ts';
import type { Source } from '../polling.ts';
import type { History, Inbox } from '../ports.ts';
import type { SweepOptions, SweepProgress } from '../sweep.ts';
import { type Log, outcomeFields } from './log.ts';
import { pollSources } from './poll-sources.ts';

export interface ScheduledService {
  /** Clouds that push no events, and where is remembered how far they were asked. */
  sources: readonly Source[];
  loop: { history: History; now(): Date };
  /** Open intents, expired approvals, what people were not told. */
  housekeep(): Promise<Outcome[]>;
  sweep(options?: SweepOptions): AsyncIterable<Outcome>;
  scan(): AsyncIterable<Outcome>;
}

export interface ScheduleParts {
  service: ScheduledService;
  /** Where events go that were asked for; null: nowhere, so nothing is asked. */
  inbox: Pick<Inbox, 'put'> | null;
  log: Log;
  leftMs(): number;
}

/** What a resource on its way may still need. */
const stopMs = 30_000;

/**
 * `{"task": "poll"}` and `{"task": "housekeep"}` do only that, `{"task": "scan"}` scans beside housekeeping; anything else
 * sweeps too.
 */
export async function runSchedule(event: unknown, parts: ScheduleParts): Promise<void> {
  const { service, inbox, log, leftMs } = parts;
  const task = typeof event === 'object' && event !== null && 'task' in event ? event.task : 'sweep';
  if (task === 'poll') {
    const { sources, loop } = service;
    if (inbox !== null) await pollSources({ sources, history: loop.history, inbox, now: loop.now(), log });
    return;
  }
  for (const outcome of await service.housekeep())
    log(outcome.outcome === 'failed' ? 'error' : 'info', 'outcome', outcomeFields(outcome));
  log('info', 'housekeeping done', {});
  if (task === 'housekeep') return;
  if (task === 'scan') return scanWhileTime(service, log, leftMs);

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

/** What is left when the time is over is gone on with by the next start. */
async function scanWhileTime(service: ScheduledService, log: Log, leftMs: () => number): Promise<void> {
  for await (const outcome of service.scan()) {
    if (outcome.outcome !== 'clean') log('info', 'outcome', outcomeFields(outcome));
    if (leftMs() < stopMs) return log('info', 'scan stopped: the next start goes on with it', {});
  }
  log('info', 'scan done', {});
}
