import * as z from 'zod';
import type { History } from '../ports.ts';

/** Which messages tell of a case, so that they can be updated and answered in their threads. */
export const Posted = z.object({
  /** Its own message first; after that where it was escalated to. Empty: it stands in a digest. */
  copies: z.array(z.object({ channel: z.string(), ts: z.string() })),
  /** The last entry that the thread has. */
  seq: z.number(),
});
export type Posted = z.infer<typeof Posted>;

const nameFor = (caseId: string) => `slack/message/${caseId}`;

export async function postedOf(history: History, caseId: string): Promise<Posted | null> {
  const parsed = Posted.safeParse(await history.setting(nameFor(caseId)));
  return parsed.success ? parsed.data : null;
}

export async function keepPosted(history: History, caseId: string, posted: Posted): Promise<void> {
  await history.set(nameFor(caseId), posted);
}
