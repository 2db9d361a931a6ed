import type { Case } from './cases.ts';
import type { History, Notifier } from './ports.ts';

/** Tells every channel what the history says about a case and people do not know yet. */
export async function tellCase(about: Case, history: History, notifiers: readonly Notifier[]): Promise<void> {
  if (notifiers.length > 0) {
    const entries = await history.entries(about.caseId);
    for (const notifier of notifiers) await notifier.tell(about, entries);
  }
  await history.told(about.caseId, about.seq);
}

/** What a crash or a channel that was down left untold. Answers how many cases were told. */
export async function tellUntold(
  history: History,
  notifiers: readonly Notifier[],
  most = 100,
): Promise<number> {
  const waiting = await history.untold(most);
  for (const about of waiting) await tellCase(about, history, notifiers);
  return waiting.length;
}
