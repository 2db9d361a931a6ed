import { hasCaused, isSamePerson, peopleNeeded } from './approvers.ts';
import { keyOfChange, planFingerprint } from './fingerprint.ts';
import { exposureKey, type State } from './kinds.ts';
import { type Loop, readState } from './loop.ts';
import type { Finding, Outcome, ToldChange } from './model.ts';
import { resourceKey } from './model.ts';
import { settle } from './reconcile.ts';
import { agree, postpone } from './rotation/answer.ts';
import { isUnderWay } from './rotation/rotation.ts';
import { sentence } from './sentence.ts';
import { gone, settleHalf, shut } from './shut.ts';
import type { Turn } from './turn.ts';
import { type Answer, onCase, refuse } from './undo.ts';
import { wait } from './wait.ts';

/** Approve and deny: what a person says about a plan that waits. The state is read again before anything moves. */

/** Shuts what was asked about, if it is still exactly that; otherwise asks anew with what it would be now. */
export async function approve(answer: Answer, loop: Loop): Promise<Outcome> {
  return onAsked(answer, 'approve', loop, agree, async (turn, state, finding) => {
    const fixable = finding.exposures.filter((one) => one.tell === undefined);
    const plan = turn.plan(state, fixable);
    const fingerprint = planFingerprint(turn.resource, turn.control.name, plan);
    if (fingerprint !== turn.case?.asked?.planFingerprint) {
      const changed = whatChanged(turn.case?.changes ?? [], plan);
      return wait(turn, 'asked', sentence(finding.why, 'asked anew because it changed since', changed), plan);
    }
    const frozen = await turn.loop.frozen();
    if (frozen !== null) return refuse(turn, `frozen: ${frozen}`, answer.by);
    if (isFirstOfTwo(turn)) return firstApproval(turn, fingerprint, answer, plan);
    return (await shut(turn, state, fixable, plan, answer.by)).outcome;
  });
}

/** What a person who has seen the one plan must know of the other. */
function whatChanged(seen: readonly ToldChange[], plan: readonly ToldChange[]): string {
  const lacking = (from: readonly ToldChange[], of: readonly ToldChange[]) => {
    const known = new Set(of.map(keyOfChange));
    return from.filter((one) => !known.has(keyOfChange(one))).map((one) => one.text);
  };
  const added = lacking(plan, seen);
  const gone = lacking(seen, plan);
  return sentence(
    added.length === 0 ? '' : `new: ${added.join(', ')}`,
    gone.length === 0 ? '' : `no longer: ${gone.join(', ')}`,
  );
}

function isFirstOfTwo({ case: known, loop }: Turn): boolean {
  if (!known?.asked || peopleNeeded(known.severity, loop.policy.people) === 1) return false;
  return (known.asked.approvedBy ?? []).length === 0;
}

async function firstApproval(turn: Turn, planFingerprint: string, { by }: Answer, plan: ToldChange[]) {
  const why = `approved by ${by}; a finding this severe needs a second person`;
  return turn.record('asked', why, { type: 'approved', by, planFingerprint, why }, plan);
}

/** Puts the question off: until then nobody is called for it and nothing happens by itself. */
export async function snooze(answer: Answer & { untilMs: number }, loop: Loop): Promise<Outcome> {
  return onCase(answer, 'snooze', loop, async (turn) => {
    const refusal = whyNot(turn, answer);
    if (refusal !== null) return refuse(turn, refusal, answer.by);
    const until = new Date(answer.untilMs).toISOString();
    const why = `put off until ${until} by ${answer.by}`;
    const outcome = turn.case?.outcome === 'held' ? 'held' : 'asked';
    return turn.record(
      outcome,
      why,
      { type: 'snoozed', by: answer.by, until, why },
      turn.case?.changes ?? [],
    );
  });
}

/** Leaves open what was asked about: the same plan is exempt for a while, anything beside it is not. */
export async function deny(answer: Answer, loop: Loop): Promise<Outcome> {
  return onAsked(answer, 'deny', loop, postpone, async (turn, state, finding) => {
    const until = new Date(turn.loop.now().getTime() + answer.exemptMs).toISOString();
    await settleHalf(turn, state);
    const covers = finding.exposures.map((one) => exposureKey(state, one));
    const exemption = { control: turn.control.name, until, reason: 'denied', by: answer.by, covers };
    await turn.loop.history.exempt({ resourceKey: resourceKey(turn.resource), ...exemption });
    const why = `denied by ${answer.by}: the same plan is not asked again until ${until}`;
    return turn.record('exempt', why, { type: 'denied', by: answer.by, until });
  });
}

async function onAsked(
  answer: Answer,
  name: string,
  loop: Loop,
  onRotation: (turn: Turn, by: string, forMs: number) => Promise<Outcome>,
  then: (turn: Turn, state: State, finding: Finding) => Promise<Outcome>,
): Promise<Outcome> {
  return onCase(answer, name, loop, async (turn) => {
    const refusal = whyNot(turn, answer);
    if (refusal !== null) return refuse(turn, refusal, answer.by);
    if (isUnderWay(turn.case?.rotation)) {
      const frozen = await loop.frozen();
      if (frozen !== null) return refuse(turn, `frozen: ${frozen}`, answer.by);
      const { asked, changes } = turn.case ?? {};
      if (asked && name === 'approve' && isFirstOfTwo(turn))
        return firstApproval(turn, asked.planFingerprint, answer, changes ?? []);
      return onRotation(turn, answer.by, answer.exemptMs);
    }

    const state = await readState(turn.resource, loop);
    if (state === null) return gone(turn);
    const { left } = turn.check(state);
    if (left === null) return settle(turn, state);
    return then(turn, state, left);
  });
}

function whyNot(turn: Turn, answer: Answer): string | null {
  const known = turn.case;
  if (!known?.asked) return `nothing waits for an answer: the case is ${known?.outcome ?? 'unknown'}`;
  if (new Date(known.asked.expiresAt) <= turn.loop.now())
    return `the question expired at ${known.asked.expiresAt}`;
  const { people } = turn.loop.policy;
  if (hasCaused(known, answer.by, people)) return 'nobody approves their own change';
  if (answer.planFingerprint !== undefined && answer.planFingerprint !== known.asked.planFingerprint)
    return 'the question has changed since it was shown to you: look at it again';
  if (
    turn.trigger.name === 'approve' &&
    known.asked.approvedBy?.some((by) => isSamePerson(by, answer.by, people))
  )
    return 'you have approved already: a second person must';
  return null;
}

/** Lets whatever a case is about stay as it is for a while; what is opened beside it is still shut. */
export async function exempt(answer: Answer & { reason: string }, loop: Loop): Promise<Outcome> {
  return onCase(answer, 'exempt', loop, async (turn) => {
    if (isUnderWay(turn.case?.rotation))
      return refuse(turn, 'the key is being replaced; `undo` stops that', answer.by);
    const seen = turn.case?.asked?.planFingerprint;
    if (answer.planFingerprint !== undefined && answer.planFingerprint !== seen)
      return refuse(turn, 'the question has changed since it was shown to you: look at it again', answer.by);
    const state = await readState(turn.resource, loop);
    const { left } = state === null ? { left: null } : turn.check(state);
    if (state === null || left === null)
      return refuse(turn, 'nothing is open that could be exempt', answer.by);
    await settleHalf(turn, state);
    const until = new Date(loop.now().getTime() + answer.exemptMs).toISOString();
    const covers = left.exposures.map((one) => exposureKey(state, one));
    const { by, reason } = answer;
    await loop.history.exempt({
      resourceKey: resourceKey(turn.resource),
      control: turn.control.name,
      until,
      reason,
      by,
      covers,
    });
    const why = `exempt until ${until} by ${by}: ${reason}`;
    return turn.record('exempt', why, { type: 'exempt', why, until, by });
  });
}
