import { messageOf } from './errors.ts';
import type { Json } from './model.ts';
import type { History, Inbox } from './ports.ts';

/** Clouds that push no events are asked; what they say enters the inbox like any other event. */

/** What an asked cloud said: events, oldest first, and what to remember once they are in the inbox. */
export interface Said {
  events: { eventId: string; body: object }[];
  remembered: Json;
}

export interface Source {
  /** `poll/openstack/PROJECT/REGION`: also the name of the setting that is remembered. */
  readonly name: string;
  readonly everyMs: number;
  readonly jitterMs: number;
  /** `remembered` is what the last asking left, null at the first. */
  ask(remembered: Json, now: Date): Promise<Said>;
}

/**
 * Asks once. The events are in the inbox before the source moves on, so a crash between the two repeats them, and
 * the inbox knows a repeated event by its id. Answers how many were new.
 */
export async function poll(
  source: Source,
  history: History,
  inbox: Pick<Inbox, 'put'>,
  now: Date,
): Promise<number> {
  const said = await source.ask(await history.setting(source.name), now);
  let fresh = 0;
  for (const { eventId, body } of said.events) {
    if (await inbox.put(eventId, JSON.stringify(body), now.getTime())) fresh += 1;
  }
  await history.set(source.name, said.remembered);
  return fresh;
}

/** How long to wait before the next asking: spread around the interval, so that many of us do not ask at once. */
export function waitMs({ everyMs, jitterMs }: Source, random: number): number {
  return Math.max(1_000, everyMs + (random * 2 - 1) * jitterMs);
}

export interface PollingOptions {
  history: History;
  inbox: Inbox;
  now(): Date;
  random(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
  /** Told after every asking that failed; it is asked again at the next interval. */
  onFailure(source: Source, why: string): void;
}

/** Asks a source until the signal ends it. A cloud that does not answer is asked again, from where it was left. */
export async function keepPolling(source: Source, options: PollingOptions): Promise<void> {
  const { history, inbox, now, random, sleep, signal, onFailure } = options;
  while (!signal.aborted) {
    try {
      await poll(source, history, inbox, now());
    } catch (error) {
      onFailure(source, messageOf(error));
    }
    if (!signal.aborted) await sleep(waitMs(source, random()), signal);
  }
}
