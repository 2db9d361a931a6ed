import type { Exposure, Finding, Mode } from './model.ts';

/** What to do about a finding: pure, every fact an argument. */

/** Everything besides the finding that weighs in. Times in ms since the epoch. */
export interface Situation {
  mode: Exclude<Mode, 'off'>;
  /** Why nothing may be changed at all now (kill switch); null when free. */
  frozen: string | null;
  /** Fixes of this control on this resource within the flap window, and how many are the most. */
  recentFixes: number;
  flap: { times: number; withinMinutes: number };
  /** Changes of the plan for everything that could be fixed without asking, and how many are the most. */
  planSize: number;
  changesPerPlan: number;
  /** Who made the change that led here, for the sentence about a tug of war. */
  openedBy: string | null;
}

export interface Decision {
  fix: Exposure[];
  ask: Exposure[];
  tell: Exposure[];
  /** Why what would be fixed waits for a person instead; null when it need not. */
  held: string | null;
}

/** Sorts what is exposed by what may be done about it. The limits per hour are the store's to count. */
export function decide(finding: Finding, situation: Situation): Decision {
  const tell = finding.exposures.filter((one) => one.tell !== undefined || situation.mode === 'tell');
  const rest = finding.exposures.filter((one) => !tell.includes(one));
  const ask = rest.filter((one) => one.ask !== undefined || situation.mode === 'ask');
  const fix = rest.filter((one) => !ask.includes(one));
  return { fix, ask, tell, held: fix.length === 0 ? null : holdBack(situation) };
}

function holdBack(situation: Situation): string | null {
  const { flap, recentFixes, planSize, changesPerPlan } = situation;
  if (situation.frozen !== null) return `frozen: ${situation.frozen}`;
  if (recentFixes >= flap.times) {
    const who = situation.openedBy ?? 'somebody unknown';
    return `shut ${recentFixes} times within ${flap.withinMinutes} minutes and opened again by ${who}: no tug of war`;
  }
  if (planSize > changesPerPlan) return `the plan has ${planSize} changes, more than ${changesPerPlan}`;
  return null;
}

/** Why an exposure is asked about, in one sentence. */
export function whyAsk(exposures: readonly Exposure[], mode: Mode): string {
  const reasons = [...new Set(exposures.flatMap((one) => (one.ask === undefined ? [] : [one.ask])))];
  return reasons.length > 0 ? reasons.join('; ') : `the policy says ${mode}`;
}

/** The most fixes per hour of one kind in one account: a share of what the last sweep counted, at least three. */
export function fixesAllowed(counted: number, percentPerHour: number): number {
  return Math.max(3, Math.floor((counted * percentPerHour) / 100));
}
