/** What is known of the use of both keys. Times in ISO 8601; null: never used. */
export interface Use {
  newUsedAt: string | null;
  oldUsedAt: string | null;
  /** Whether the provider says when keys were used at all. */
  isKnown: boolean;
  /** The date that the owner was given. */
  until: string;
  quietHours: number;
}

export type Verdict = { act: 'wait' | 'deactivate' | 'ask'; why: string };

const hourMs = 3_600_000;

/** May the old key go? What is in use is never switched off by itself: after the date a person is asked. */
export function judgeUse(use: Use, now: Date): Verdict {
  const { newUsedAt, oldUsedAt, isKnown, until, quietHours } = use;
  const isQuiet =
    isKnown && (oldUsedAt === null || now.getTime() - Date.parse(oldUsedAt) >= quietHours * hourMs);
  if (isQuiet && newUsedAt !== null)
    return { act: 'deactivate', why: `the new key is used since ${newUsedAt}, the old one is not` };
  if (now < new Date(until)) {
    if (!isKnown) return { act: 'wait', why: `the owner has until ${until} to change over` };
    const why =
      newUsedAt === null ? 'the new key has not been used yet' : `the old key was used at ${oldUsedAt}`;
    return { act: 'wait', why: `${why}; the owner has until ${until}` };
  }
  if (!isKnown)
    return {
      act: 'ask',
      why: `the date ${until} has passed, and nothing says whether the old key is still used`,
    };
  if (isQuiet) return { act: 'deactivate', why: `the date ${until} has passed and the old key is not used` };
  return { act: 'ask', why: `the date ${until} has passed and the old key was used at ${oldUsedAt}` };
}
