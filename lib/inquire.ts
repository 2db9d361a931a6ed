import type { Entry } from './cases.ts';
import { messageOf } from './errors.ts';
import { type Loop, underLease } from './loop.ts';
import type { Outcome, Resource, Trigger } from './model.ts';

/** What a resource did of late, as a note in its case: told after what was urgent is done, and never in its way. */

/** Who writes these notes. */
const author = 'inquiry';
const longestNote = 4_000;

/** Once a case, for the controls that want it. */
export async function inquireInto(outcomes: readonly Outcome[], trigger: Trigger, loop: Loop): Promise<void> {
  for (const { caseId, resource, control } of outcomes) {
    const inquires = loop.controls.some((one) => one.name === control && one.inquires);
    if (caseId !== null && resource !== null && inquires && !loop.dryRun)
      await inquire(caseId, resource, trigger.eventId, loop);
  }
}

/** What goes wrong is in the note: nothing hangs on it. */
async function inquire(caseId: string, resource: Resource, eventId: string, loop: Loop): Promise<void> {
  const provider = loop.provider(resource);
  if (!provider.deedsOf || (await loop.history.entries(caseId)).some(isNote)) return;
  const text = await provider
    .deedsOf(resource)
    .catch((error: unknown) => `What it did could not be listed: ${messageOf(error)}.`);
  if (text === null) return;
  await underLease(resource, loop, async () => {
    const [known, entries] = [await loop.history.get(caseId), await loop.history.entries(caseId)];
    if (known === null || entries.some(isNote)) return;
    const story = { type: 'note' as const, text: text.slice(0, longestNote), by: author };
    const entry = { caseId, at: loop.now().toISOString(), eventId, story };
    await loop.tell(await loop.history.append(entry, known.seq));
  });
}

const isNote = ({ story }: Entry) => story.type === 'note' && story.by === author;
