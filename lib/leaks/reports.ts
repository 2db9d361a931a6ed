import type { Leak } from '../model.ts';

/**
 * What the loop remembers of reports about a credential, as texts among the settings that it was seen with: a report is
 * heard once, and the credential stays in the wrong hands.
 */
export interface Report extends Leak {
  /** When it was first heard, ISO 8601. */
  at: string;
}

/** In place of a key's id: AWS holds one of its owner's keys to be exposed, and does not say which. */
export const quarantine = 'quarantine';

/** A role has as many sessions as it likes; the newest say all. */
const reportsMax = 50;

const shape = /^leak (\S+) (sure|unsure) (\S+) (.*)$/s;

export function reportsIn(remembered: readonly string[]): Report[] {
  return remembered.flatMap((one) => {
    const [, at = '', sure, what = '', by = ''] = shape.exec(one) ?? [];
    return sure === undefined ? [] : [{ at, sure: sure === 'sure', what, by }];
  });
}

/** With this report; as it is where the same is known already. A sure one takes the place of a doubt. */
export function withReport(remembered: readonly string[], leak: Leak, now: Date): string[] {
  const known = reportsIn(remembered).find(({ what }) => what === leak.what);
  if (known && (known.sure || !leak.sure)) return [...remembered];
  const others = remembered.filter((one) => !shape.test(one));
  const reports = remembered.filter((one) => shape.test(one) && reportsIn([one])[0]?.what !== leak.what);
  const text = `leak ${now.toISOString()} ${leak.sure ? 'sure' : 'unsure'} ${leak.what} ${leak.by}`;
  return [...others, ...reports.slice(1 - reportsMax), text];
}
