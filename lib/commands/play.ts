import type { Outcome } from '../model.ts';
import { recordedEvents } from '../sandbox/recorded.ts';
import type { SandboxIds } from '../sandbox/seed.ts';
import { bodyHandler } from '../serve/handle-body.ts';
import { InboxRunner } from '../serve/inbox-runner.ts';
import type { Service } from '../wire.ts';

interface Audience {
  tell(outcome: Outcome): Promise<void>;
  progress(text: string): void;
  warn(text: string): void;
}

/** Plays the recorded events one after the other. Answers a case to try the other commands on. */
export async function play(ids: SandboxIds, service: Service, audience: Audience): Promise<string | null> {
  const { loop } = service;
  const inbox = service.inbox();
  const events = await recordedEvents(ids);
  audience.progress(`Playing ${events.length} recorded events; the account is as they left it.\n`);
  for (const { eventId, body } of events) await inbox.put(eventId, body, loop.now().getTime());

  let fixed: string | null = null;
  const handle = bodyHandler(service.handle, async (outcome) => {
    if (outcome.outcome === 'fixed') fixed ??= outcome.caseId;
    await audience.tell(outcome);
  });
  await new InboxRunner({ inbox, handle, now: loop.now, warn: audience.warn, width: 1 }).settle();
  return fixed;
}
