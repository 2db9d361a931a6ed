import { type Case, inquirer } from './cases.ts';
import type { Control } from './controls/control.ts';
import { messageOf } from './errors.ts';
import { type Loop, line, underLease } from './loop.ts';
import { type Outcome, type Resource, resourceKey, type Trigger } from './model.ts';

/** What a resource did of late, as a note in its case: told after what was urgent is done, and never in its way. */

const longestNote = 4_000;

/** How long a case without its note is looked for: a crash between the fix and the note leaves a closed case. */
const soughtMs = 86_400_000;

const soughtMax = 100;

/** Once a case, for the controls that want it. */
export async function inquireInto(
  resource: Resource,
  outcomes: readonly Outcome[],
  trigger: Trigger,
  loop: Loop,
): Promise<void> {
  if (loop.dryRun) return;
  for (const { name } of inquiring(loop).filter((one) => one.kind === resource.kind)) {
    const caseId = outcomes.find((one) => one.control === name)?.caseId ?? null;
    const about = caseId ? await loop.history.get(caseId) : await recent(resource, name, loop);
    if (about !== null) await inquire(about, trigger.eventId, loop);
  }
}

/** The notes that a crash has left out, also where the event that led to the case never comes again. */
export async function inquireIntoLeft(trigger: Trigger, loop: Loop): Promise<Outcome[]> {
  if (loop.dryRun) return [];
  const failed: Outcome[] = [];
  const since = new Date(loop.now().getTime() - soughtMs).toISOString();
  for (const { name } of inquiring(loop)) {
    const { cases } = await loop.history.find({ control: name, since, limit: soughtMax });
    for (const one of cases)
      await inquire(one, trigger.eventId, loop).catch((error: unknown) => {
        const { resource, control, caseId } = one;
        failed.push(line({ trigger, resource, control, caseId, outcome: 'failed', why: messageOf(error) }));
      });
  }
  return failed;
}

const inquiring = (loop: Loop): Control[] => loop.controls.filter((one) => one.inquires);

async function recent(resource: Resource, control: string, loop: Loop): Promise<Case | null> {
  const known = await loop.history.latest(resourceKey(resource), control);
  const isRecent = known !== null && loop.now().getTime() - Date.parse(known.updatedAt) < soughtMs;
  return isRecent ? known : null;
}

/** What goes wrong is in the note: nothing hangs on it. */
async function inquire(about: Case, eventId: string, loop: Loop): Promise<void> {
  const { resource, caseId } = about;
  const provider = loop.provider(resource);
  if (!provider.deedsOf || about.inquired) return;
  const text = await provider
    .deedsOf(resource)
    .catch((error: unknown) => `What it did could not be listed: ${messageOf(error)}.`);
  if (text === null) return;
  await underLease(resource, loop, async () => {
    const known = await loop.history.get(caseId);
    if (known === null || known.inquired) return;
    const story = { type: 'note' as const, text: text.slice(0, longestNote), by: inquirer };
    const entry = { caseId, at: loop.now().toISOString(), eventId, story };
    await loop.tell(await loop.history.append(entry, known.seq));
  });
}
