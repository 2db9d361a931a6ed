import type { History } from '../ports.ts';
import { Click } from './interaction.ts';

/**
 * Clicks that have been verified and wait to be carried out. What goes through the queue is only the number under
 * which one is stored here: whoever can put a message on the queue, or an event on the bus, cannot answer a case.
 */

const nameFor = (nonce: string) => `slack/click/${nonce}`;

export async function keepClick(history: History, nonce: string, click: Click): Promise<void> {
  const { days = null, reason = null, ...rest } = click;
  await history.set(nameFor(nonce), { ...rest, days, reason });
}

/** Null where no such click was verified, or it has been carried out. */
export async function keptClick(history: History, nonce: string): Promise<Click | null> {
  const parsed = Click.safeParse(await history.setting(nameFor(nonce)));
  return parsed.success ? parsed.data : null;
}

export async function forgetClick(history: History, nonce: string): Promise<void> {
  await history.set(nameFor(nonce), null);
}
