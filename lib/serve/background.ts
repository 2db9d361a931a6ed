import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../model.ts';
import { keepPolling, type Source } from '../polling.ts';
import type { History, Inbox } from '../ports.ts';

/** What the one-process service does beside its inbox until aborted: polls, log loops, scans. */

export interface BackgroundParts {
  inbox: Inbox;
  /** Called after something was put into the inbox. */
  onAccepted(): void;
  tell(outcome: Outcome): Promise<void>;
  warn(text: string): void;
  signal: AbortSignal;
}

export type Background = (parts: BackgroundParts) => Promise<void>;

/** Asks a cloud that pushes no events. */
export function polling(source: Source, history: History, now: () => Date, random: () => number): Background {
  return ({ inbox, onAccepted, warn, signal }) =>
    keepPolling(source, {
      history,
      inbox,
      now,
      random,
      sleep: async (ms) => {
        onAccepted();
        await sleep(ms, undefined, { signal }).catch(() => {});
      },
      signal,
      onFailure: ({ name }, why) => warn(`${name}: ${why}`),
    });
}
