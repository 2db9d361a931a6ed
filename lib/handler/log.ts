import type { Outcome } from '../model.ts';

/** One JSON object per line: the message is static, what varies stands in the fields. */
export type Log = (level: 'info' | 'error', message: string, fields: { [name: string]: unknown }) => void;

const longestWhy = 1_000;

export const toConsole: Log = (level, message, fields) => {
  console[level](JSON.stringify({ level, message, ...fields }));
};

/** What is logged of an outcome: which event, which resource, what became of it; no states, no policies. */
export function outcomeFields({ changes, ...outcome }: Outcome) {
  return { ...outcome, why: cut(outcome.why), changes: changes.map((change) => change.text) };
}

/** A reason may quote what a cloud or a sender said, at any length. */
export function cut(why: string): string {
  return why.length <= longestWhy ? why : `${why.slice(0, longestWhy)}…`;
}
