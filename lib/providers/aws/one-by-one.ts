import type { Reading } from '../../ports.ts';
import { awsError } from './errors.ts';

/** How many resources that AWS only answers one by one are asked for at once. */
const width = 8;

/** Reads each id by itself: one that fails is an error for itself only. */
export async function oneByOne(
  ids: readonly string[],
  readOne: (id: string) => Promise<Reading>,
): Promise<Map<string, Reading>> {
  const answers = new Map<string, Reading>();
  const waiting = [...ids];
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      answers.set(
        id,
        await readOne(id).catch((thrown): Reading => ({ status: 'error', error: awsError(thrown) })),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, ids.length) }, worker));
  return answers;
}
