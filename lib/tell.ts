import type { Case, Entry } from './cases.ts';
import { messageOf, RetryableError, TerminalError } from './errors.ts';
import { isTellable } from './history/advance.ts';
import { InOrder } from './loop.ts';
import type { History, Notifier } from './ports.ts';

export interface TellerParts {
  history: History;
  channels: readonly Notifier[];
  now(): Date;
  warn(text: string): void;
}

/** After so many failures in a row a channel is left alone for a while; at once where it asks for that itself. */
const failuresMax = 3;
const restMs = 20_000;
const undeliveredMax = 100;
/** What waits here beyond that is told by the next housekeeping. */
const waitingMax = 500;

/**
 * Tells every channel what the history says and people do not know yet. Whoever changes a resource never waits
 * for a channel: one that is down or slow delays its own messages only, and what it missed stays marked untold.
 */
export class Teller {
  readonly #parts: TellerParts;
  readonly #inOrder = new InOrder();
  readonly #restsUntilMs = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  /** What failed last stands back, so that one message that never gets through holds up no other. */
  readonly #failed = new Set<string>();
  readonly #underWay = new Map<string, Set<Promise<void>>>();

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  /** Begins to tell every channel of a case. Throws only what the history throws where there is no channel. */
  async begin({ caseId, seq }: Case): Promise<void> {
    const { channels, history } = this.#parts;
    if (channels.length === 0) return history.told(caseId, seq);
    for (const channel of channels) {
      if ((this.#underWay.get(channel.name)?.size ?? 0) < waitingMax) this.#start(channel, caseId);
    }
  }

  /** What was begun has been told, or stays untold. */
  async settle(): Promise<void> {
    await Promise.all([...this.#underWay.values()].flatMap((some) => [...some]));
  }

  /** What a crash or a channel that was down left untold, the longest waiting first; at most so many per channel. */
  async tellUntold(most = 100): Promise<void> {
    const { channels, history } = this.#parts;
    if (channels.length === 0) {
      for (const { caseId, seq } of await history.untold(most)) await history.told(caseId, seq);
      return;
    }
    await Promise.all(channels.map((channel) => this.#catchUp(channel, most)));
  }

  async #catchUp(channel: Notifier, most: number): Promise<void> {
    const waiting = await this.#parts.history.untold(most, channel.name);
    const failedBefore = ({ caseId }: Case) => (this.#failed.has(`${channel.name}/${caseId}`) ? 1 : 0);
    for (const { caseId } of waiting.toSorted((a, b) => failedBefore(a) - failedBefore(b))) {
      await this.#start(channel, caseId);
      if (this.#isResting(channel)) return;
    }
  }

  /** The messages about one case go to a channel one after the other. */
  #start(channel: Notifier, caseId: string): Promise<void> {
    const mine = this.#underWay.get(channel.name) ?? new Set();
    this.#underWay.set(channel.name, mine);
    const key = `${channel.name}/${caseId}`;
    const work = this.#inOrder
      .run(key, () => this.#tell(channel, caseId))
      .catch((error: unknown) => this.#rest(channel, key, error))
      .finally(() => mine.delete(work));
    mine.add(work);
    return work;
  }

  async #tell(channel: Notifier, caseId: string): Promise<void> {
    if (this.#isResting(channel)) return;
    const { history, channels } = this.#parts;
    const about = await history.get(caseId);
    if (about === null) return;
    const [entries, since] = await Promise.all([
      history.entries(caseId),
      history.toldBy(caseId, channel.name),
    ]);
    const isNews = entries.some((entry) => entry.seq > since && isTellable(entry.story));
    if (isNews) await this.#deliver(channel, about, entries.slice(0, about.seq), since);
    await history.told(caseId, about.seq, { channel: channel.name, all: channels.map((one) => one.name) });
  }

  async #deliver(channel: Notifier, about: Case, entries: readonly Entry[], since: number): Promise<void> {
    try {
      await channel.tell(about, entries, since);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      await this.#bury(channel, about, messageOf(error));
    }
    this.#failures.delete(channel.name);
    this.#failed.delete(`${channel.name}/${about.caseId}`);
  }

  /** A message that the channel will never take is kept with its reason, and holds up no other. */
  async #bury(channel: Notifier, { caseId, seq }: Case, why: string): Promise<void> {
    const { history, now, warn } = this.#parts;
    const name = undeliveredTo(channel.name);
    const known = await history.setting(name);
    const letter = { caseId, seq, why: why.slice(0, 500), at: now().toISOString() };
    await history.set(name, [letter, ...(Array.isArray(known) ? known : [])].slice(0, undeliveredMax));
    warn(`${channel.name} takes no message about case ${caseId}: ${why}`);
  }

  #isResting(channel: Notifier): boolean {
    return (this.#restsUntilMs.get(channel.name) ?? 0) > this.#parts.now().getTime();
  }

  #rest(channel: Notifier, key: string, error: unknown): void {
    const { now, warn } = this.#parts;
    if (this.#failed.size < waitingMax) this.#failed.add(key);
    const failures = (this.#failures.get(channel.name) ?? 0) + 1;
    this.#failures.set(channel.name, failures);
    const asked = error instanceof RetryableError ? error.afterMs : null;
    if (asked !== null || failures >= failuresMax)
      this.#restsUntilMs.set(channel.name, now().getTime() + (asked ?? restMs));
    warn(
      `${channel.name} was not told of case ${key.slice(channel.name.length + 1)}, it is tried again: ${messageOf(error)}`,
    );
  }
}

/** The setting that holds what a channel refused for good, newest first. */
export const undeliveredTo = (channel: string): string => `undelivered/${channel}`;
