import type { Case } from './cases.ts';
import { messageOf } from './errors.ts';
import { inquireIntoLeft } from './inquire.ts';
import { type Loop, line } from './loop.ts';
import type { Outcome, Trigger } from './model.ts';
import { reconcile } from './reconcile.ts';
import { isUnderWay } from './rotation/rotation.ts';
import { lookKey } from './rotation/run.ts';

/**
 * Looks again at what a crash or silence left behind: an intent nobody settled, an undo half done, a question
 * whose time is over, a note that is missing. Answers the outcome lines.
 */
export async function settleLeftovers(loop: Loop): Promise<Outcome[]> {
  const trigger: Trigger = {
    eventId: `housekeeping/${loop.newId()}`,
    at: null,
    actor: null,
    name: 'housekeeping',
  };
  const outcomes: Outcome[] = [];
  for await (const one of openCases(loop)) {
    if (!isLeft(one, loop.now()) && !(await isRotationDue(one, loop))) continue;
    try {
      outcomes.push(...(await reconcile(one.resource, trigger, loop)));
    } catch (error) {
      const { resource, control, caseId } = one;
      outcomes.push(line({ trigger, resource, control, caseId, outcome: 'failed', why: messageOf(error) }));
    }
  }
  return [...outcomes, ...(await inquireIntoLeft(trigger, loop))];
}

function isLeft(one: Case, now: Date): boolean {
  const { intent, undoIntent, asked } = one;
  if (intent !== null || undoIntent !== null || isBarelyOpened(one, now)) return true;
  return asked !== null && new Date(asked.expiresAt) <= now;
}

/** Longer than any turn, which holds its lease for two minutes. */
const turnAtMostMs = 300_000;

/** Nothing follows its first entry: whoever opened it died, and what it was about may never come again. */
function isBarelyOpened({ seq, updatedAt }: Case, now: Date): boolean {
  return seq === 1 && now.getTime() - Date.parse(updatedAt) >= turnAtMostMs;
}

/** A rotation that waits is looked at now and then; one that was interrupted, at once. */
async function isRotationDue({ rotation, caseId }: Case, loop: Loop): Promise<boolean> {
  if (!isUnderWay(rotation)) return false;
  const lookAt = await loop.history.setting(lookKey(caseId));
  return typeof lookAt !== 'string' || new Date(lookAt) <= loop.now();
}

export async function* openCases(loop: Loop): AsyncGenerator<Case> {
  let cursor: string | null = null;
  do {
    const page = await loop.history.find({ open: true, limit: 500, ...(cursor === null ? {} : { cursor }) });
    yield* page.cases;
    cursor = page.cursor;
  } while (cursor !== null);
}
