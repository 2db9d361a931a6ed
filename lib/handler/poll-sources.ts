import { messageOf, RetryableError } from '../errors.ts';
import { poll, type Source } from '../polling.ts';
import type { History, Inbox } from '../ports.ts';
import { cut, type Log } from './log.ts';

export interface PollParts {
  sources: readonly Source[];
  history: History;
  inbox: Pick<Inbox, 'put'>;
  now: Date;
  log: Log;
}

const minuteMs = 60_000;

/** The clock calls every minute; a source that wants to be asked less often has its turn every so many minutes. */
export function isDue({ everyMs }: Source, now: Date): boolean {
  const everyMinutes = Math.max(1, Math.round(everyMs / minuteMs));
  return Math.floor(now.getTime() / minuteMs) % everyMinutes === 0;
}

/** Asks every source that is due. One that fails hinders no other; throws in the end, so that the failure is counted. */
export async function pollSources({ sources, history, inbox, now, log }: PollParts): Promise<void> {
  const failed: string[] = [];
  await Promise.all(
    sources
      .filter((source) => isDue(source, now))
      .map(async (source) => {
        try {
          const fresh = await poll(source, history, inbox, now);
          log('info', 'source asked', { source: source.name, fresh });
        } catch (error) {
          failed.push(source.name);
          log('error', 'source not asked', { source: source.name, why: cut(messageOf(error)) });
        }
      }),
  );
  if (failed.length > 0) throw new RetryableError(`not asked: ${failed.join(', ')}`);
}
