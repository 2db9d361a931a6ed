import { messageOf, TerminalError } from '../errors.ts';
import type { Delivery, Inbox } from '../ports.ts';

/** Takes what waits in the inbox, handles it, and finishes it: done, later again, or dead with its reason. */

export interface InboxRunnerParts {
  inbox: Inbox;
  /** Throws RetryableError or TerminalError. */
  handle(body: string): Promise<void>;
  now(): Date;
  warn(text: string): void;
  /** Messages under way at once. */
  width?: number;
  /** How long a message that nobody reports on stays taken: what a crash costs. */
  visibilityMs?: number;
  /** How long it sleeps when nothing waits and nobody wakes it. */
  idleMs?: number;
}

export class InboxRunner {
  readonly #parts: Required<InboxRunnerParts>;
  readonly #underWay = new Set<Promise<void>>();
  #wake: () => void = () => {};
  #isWoken = false;

  constructor(parts: InboxRunnerParts) {
    this.#parts = { width: 100, visibilityMs: 10_000, idleMs: 1000, ...parts };
  }

  /** Something was put: no need to wait. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Runs until aborted, then lets what is under way end. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort);
    while (!signal.aborted) {
      this.#isWoken = false;
      const taken = await this.#take();
      if (taken === 0 && !this.#isWoken && !signal.aborted) await this.#pause();
    }
    signal.removeEventListener('abort', onAbort);
    await Promise.all(this.#underWay);
  }

  /** Answers when nothing is left to take now and nothing is under way. */
  async settle(): Promise<void> {
    while ((await this.#take()) > 0 || this.#underWay.size > 0) await Promise.race(this.#underWay);
  }

  async #take(): Promise<number> {
    const { inbox, now, width, visibilityMs, warn } = this.#parts;
    const room = width - this.#underWay.size;
    if (room <= 0) return 0;
    try {
      const deliveries = await inbox.take(room, now().getTime(), visibilityMs);
      for (const delivery of deliveries) this.#begin(delivery);
      return deliveries.length;
    } catch (error) {
      warn(`the inbox could not be read: ${messageOf(error)}`);
      return 0;
    }
  }

  #begin(delivery: Delivery): void {
    const work = this.#finish(delivery)
      // Not finished is not lost: it is taken again when its time is over.
      .catch((error: unknown) => this.#parts.warn(`event ${nameOf(delivery)}: ${messageOf(error)}`))
      .finally(() => {
        this.#underWay.delete(work);
        this.wake();
      });
    this.#underWay.add(work);
  }

  async #finish(delivery: Delivery): Promise<void> {
    const { inbox, handle, now, warn, visibilityMs } = this.#parts;
    const nowMs = () => now().getTime();
    const extend = () =>
      inbox.extend(delivery.id, nowMs() + visibilityMs).catch((error: unknown) => warn(messageOf(error)));
    const heartbeat = setInterval(extend, visibilityMs / 3);
    try {
      await handle(delivery.body);
      await inbox.done(delivery.id, nowMs());
    } catch (error) {
      const reason = messageOf(error);
      warn(`event ${nameOf(delivery)}, try ${delivery.tries}: ${reason}`);
      if (error instanceof TerminalError) await inbox.dead(delivery.id, reason, nowMs());
      else await inbox.retry(delivery.id, reason, nowMs() + backoffMs(delivery.tries));
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#parts.idleMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

const nameOf = ({ eventId, id }: Delivery) => eventId ?? `number ${id}`;

/** 2 s, 4 s, 8 s … at most 5 minutes. */
export function backoffMs(tries: number): number {
  return Math.min(300_000, 1000 * 2 ** tries);
}
