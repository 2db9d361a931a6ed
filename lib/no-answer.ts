import type { Case } from './cases.ts';
import { messageOf } from './errors.ts';
import { planFingerprint } from './fingerprint.ts';
import { openCases } from './housekeep.ts';
import { type Loop, line, readState, underLease } from './loop.ts';
import type { Outcome, Trigger } from './model.ts';
import type { Approvals } from './policy/alerts.ts';
import { fitsCase } from './policy/case-match.ts';
import { overLimit, settle } from './reconcile.ts';
import { sentence } from './sentence.ts';
import { gone, shut } from './shut.ts';
import { Turn } from './turn.ts';
import { turnOn } from './undo.ts';
import { wait } from './wait.ts';

/** What happens when nobody answers: somebody else is called, then what the policy states is done. */

export type SilenceRule = Approvals['noAnswer'][number];

export type SilenceStep = { type: 'escalate'; rule: SilenceRule } | { type: 'default'; rule: SilenceRule };

/** Who shuts when nobody answered. Not the word for a fix that needed no answer: a crash carries this one on. */
export const nobody = 'the policy, as nobody answered';

const minuteMs = 60_000;

/** What is due for a case, by the first rule that speaks of it. Times count from the question, or from its snooze. */
export function stepFor(about: Case, rules: readonly SilenceRule[], now: Date): SilenceStep | null {
  const { asked } = about;
  const rule = rules.find((one) => fitsCase(one.match, about));
  if (asked === null || rule === undefined || new Date(asked.expiresAt) <= now) return null;
  const startMs = Math.max(
    Date.parse(asked.since ?? about.updatedAt),
    asked.snoozedUntil === undefined ? 0 : Date.parse(asked.snoozedUntil),
  );
  const { escalate, afterMinutes } = rule;
  const thenAfter = rule.defaultAfterMinutes ?? (escalate === undefined ? afterMinutes : 2 * afterMinutes);
  const minutes = (now.getTime() - startMs) / minuteMs;
  const isDue = minutes >= thenAfter && asked.unansweredAt === undefined;
  if (escalate !== undefined && asked.escalatedAt === undefined && minutes >= afterMinutes)
    return { type: 'escalate', rule };
  return isDue ? { type: 'default', rule } : null;
}

/** Takes every step that is due now. Answers the outcome lines. */
export async function actOnSilence(loop: Loop, rules: readonly SilenceRule[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  if (rules.length === 0) return outcomes;
  for await (const one of openCases(loop)) {
    if (stepFor(one, rules, loop.now()) === null) continue;
    const trigger = { eventId: `no-answer/${loop.newId()}`, at: null, actor: null, name: 'no-answer' };
    try {
      outcomes.push(...(await underLease(one.resource, loop, () => actOn(one, trigger, loop, rules))));
    } catch (error) {
      const { resource, control, caseId } = one;
      outcomes.push(line({ trigger, resource, control, caseId, outcome: 'failed', why: messageOf(error) }));
    }
  }
  return outcomes;
}

async function actOn(known: Case, trigger: Trigger, loop: Loop, rules: readonly SilenceRule[]) {
  const turn = await turnOn(known, trigger, loop);
  if (!(turn instanceof Turn)) return [turn];
  // Somebody may have answered while this waited for its turn.
  const step = turn.case === null ? null : stepFor(turn.case, rules, loop.now());
  if (step === null) return [];
  if (step.type === 'escalate') return [await escalate(turn, step.rule)];
  return [step.rule.default === 'fix' ? await fix(turn) : await stay(turn, 'it stays as it is')];
}

async function escalate(turn: Turn, { escalate: to, afterMinutes }: SilenceRule): Promise<Outcome> {
  const why = `nobody has answered within ${afterMinutes} minutes`;
  const { channel = null, mention = null } = to ?? {};
  return turn.record(outcomeOf(turn), why, { type: 'escalated', why, channel, mention }, turn.case?.changes);
}

async function stay(turn: Turn, what: string): Promise<Outcome> {
  const why = `nobody has answered: ${what}`;
  return turn.record(outcomeOf(turn), why, { type: 'unanswered', why }, turn.case?.changes);
}

const outcomeOf = (turn: Turn) => (turn.case?.outcome === 'held' ? 'held' : 'asked');

/** Shuts what was asked about, if it is still exactly that. What was held back stays so: a limit needs a person. */
async function fix(turn: Turn): Promise<Outcome> {
  if (turn.case?.outcome === 'held') return stay(turn, 'it is held back, and only a person may shut it');
  const frozen = await turn.loop.frozen();
  if (frozen !== null) return stay(turn, `nothing is shut, frozen: ${frozen}`);
  const state = await readState(turn.resource, turn.loop);
  if (state === null) return gone(turn);
  const { left } = turn.check(state);
  if (left === null) return settle(turn, state);
  const fixable = left.exposures.filter((one) => one.tell === undefined);
  const plan = turn.plan(state, fixable);
  if (planFingerprint(turn.resource, turn.control.name, plan) !== turn.case?.asked?.planFingerprint)
    return wait(turn, 'asked', sentence(left.why, 'asked anew because it changed since'), plan);
  const limit = await overLimit(turn, plan);
  if (limit !== null) return wait(turn, 'held', sentence(left.why, `held back: ${limit}`), plan);
  return (await shut(turn, state, fixable, plan, nobody)).outcome;
}
