import { type Decision, decide, fixesAllowed, whyAsk } from './decide.ts';
import { pastEcho } from './echo.ts';
import { keyOfChange, planFingerprint } from './fingerprint.ts';
import { inquireInto } from './inquire.ts';
import { isDeleted } from './kinds/trail.ts';
import type { State } from './kinds.ts';
import { type Loop, line, readState, underLease } from './loop.ts';
import type { Change, Exemption, Exposure, Finding, Mode, Outcome, Resource, Trigger } from './model.ts';
import { resourceKey } from './model.ts';
import { openCase } from './open-case.ts';
import { carryOn } from './rotation/carry-on.ts';
import { isUnderWay, policyItself } from './rotation/rotation.ts';
import { isMissed, keepShape, seenOn } from './seen-on.ts';
import { sentence } from './sentence.ts';
import { fixed, gone, settleHalf, shut } from './shut.ts';
import { Turn } from './turn.ts';
import { finishUndo } from './undo.ts';
import { wait } from './wait.ts';

/** How often one visit shuts what was opened while it was shutting. */
const rounds = 3;

/** The one way of a resource through the service: whatever started it, the live state decides. */
export async function reconcile(resource: Resource, trigger: Trigger, loop: Loop): Promise<Outcome[]> {
  const outcomes = await underLease(resource, loop, () => visit(resource, trigger, loop));
  await inquireInto(resource, outcomes, trigger, loop);
  return outcomes;
}

async function visit(resource: Resource, trigger: Trigger, loop: Loop): Promise<Outcome[]> {
  let state = await readState(resource, loop);
  const key = resourceKey(resource);
  const open = await loop.history.openCases(key);
  const stored = await loop.history.exemptions(key);
  const seen = await seenOn(state, resource, trigger, loop);
  if (state?.kind === 'trail' && isDeleted(state) && !(await isMissed(state, resource, seen, trigger, loop)))
    state = null;

  const outcomes: Outcome[] = [];
  for (const control of loop.controls.filter((one) => one.kind === resource.kind)) {
    const known = open.find((one) => one.control === control.name) ?? null;
    const turn = new Turn({ resource, control, trigger, loop, seen }, known, stored);
    if (state !== null) {
      outcomes.push(...(await take(turn, state, rounds)));
      state = turn.left ?? state;
    } else if (isUnderWay(known?.rotation)) outcomes.push(await carryOn(turn));
    else if (known !== null) outcomes.push(await gone(turn));
  }
  if (outcomes.length > 0) return outcomes;
  await keepShape(state, resource, seen, loop);
  if (state === null)
    return [line({ trigger, resource, outcome: 'gone', why: `${resource.id} does not exist` })];
  return [
    line({ trigger, resource, outcome: 'clean', why: `${state.name ?? resource.id}: nothing is open` }),
  ];
}

/** One control's turn. No outcome when nothing is wrong and nothing was. */
async function take(turn: Turn, read: State, roundsLeft: number): Promise<Outcome[]> {
  if (turn.case?.undoIntent) return [await finishUndo(turn, read)];
  if (isUnderWay(turn.case?.rotation)) return [await carryOn(turn)];
  const state = await lookFurther(turn, read);
  const { found, left, inEffect, notes } = turn.check(state);
  if (found === null) return turn.case === null ? [] : [await settle(turn, state)];
  const past = roundsLeft === 0 ? null : await pastEcho(turn, state, found);
  if (past !== null) return past.state === null ? [] : take(turn, past.state, 0);
  const about = { resource: turn.resource, state, severity: found.severity };
  const mode = turn.loop.policy.modeFor(turn.control, about);
  if (mode === 'off') return [];

  const note = notes.map((text) => ` (${text})`).join('');
  if (left === null) return [...(await settleHalf(turn, state)), await exempt(turn, found, inEffect, note)];
  return act(turn, state, { ...left, why: left.why + note }, mode, roundsLeft);
}

/** Each round anew: what is asked about in the first must not be fixed in the second. */
async function lookFurther(turn: Turn, state: State): Promise<State> {
  if (!turn.control.wants?.(state, turn.settings(state))) return state;
  return (await turn.loop.provider(turn.resource).lookFurther?.(turn.resource, state)) ?? state;
}

async function act(
  turn: Turn,
  state: State,
  finding: Finding,
  mode: Exclude<Mode, 'off'>,
  roundsLeft: number,
): Promise<Outcome[]> {
  const approved = await carryOnApproved(turn, state, finding);
  if (approved !== null) return [approved];
  await openCase(turn, state, finding);
  const decision = await decideNow(turn, state, finding, mode);
  const plan = turn.plan(state, decision.fix);
  const held = decision.held ?? (await overLimit(turn, plan));
  if (held !== null) {
    const waiting = turn.plan(state, [...decision.fix, ...decision.ask]);
    const settled = await settleHalf(turn, state, waiting);
    return [...settled, await wait(turn, 'held', sentence(finding.why, `held back: ${held}`), waiting)];
  }
  if (plan.length === 0) {
    const settled = await settleHalf(turn, state);
    return [...settled, ...(await leave(turn, state, finding, decision, mode))];
  }
  if (turn.loop.dryRun) {
    const rest = await leave(turn, state, finding, { ...decision, fix: [] }, mode);
    return [turn.say('planned', finding.why, plan), ...rest];
  }
  const done = await shut(turn, state, decision.fix, plan, policyItself);
  if (done.state === null || roundsLeft <= 1) return [done.outcome];
  // What must be asked is still there, and somebody may have opened more meanwhile.
  return turn.case?.closedAt === null
    ? [done.outcome, ...(await take(turn, done.state, roundsLeft - 1))]
    : [done.outcome];
}

/** An approval that was stored before a crash is carried out, as long as nothing has been added to it. */
async function carryOnApproved(turn: Turn, state: State, finding: Finding): Promise<Outcome | null> {
  const intent = turn.case?.intent;
  if (!intent || intent.by === policyItself || turn.loop.dryRun) return null;
  const exposures = finding.exposures.filter((one) => one.tell === undefined);
  const plan = turn.plan(state, exposures);
  const approved = new Set(intent.changes.map(keyOfChange));
  if (plan.length === 0 || !plan.every((change) => approved.has(keyOfChange(change)))) return null;
  return (await shut(turn, state, exposures, plan, intent.by)).outcome;
}

async function decideNow(
  turn: Turn,
  state: State,
  finding: Finding,
  mode: Exclude<Mode, 'off'>,
): Promise<Decision> {
  const { policy, history, now, frozen } = turn.loop;
  const { flap, changesPerPlan } = policy.limits;
  const key = resourceKey(turn.resource);
  const sinceMs = now().getTime() - flap.withinMinutes * 60_000;
  const fixable = finding.exposures.filter((one) => one.ask === undefined && one.tell === undefined);
  const fixing = mode === 'fix' && fixable.length > 0;
  return decide(finding, {
    mode,
    frozen: fixing ? await frozen() : null,
    recentFixes: fixing ? await history.fixesSince(key, turn.control.name, sinceMs) : 0,
    flap,
    planSize: turn.plan(state, fixable).length,
    changesPerPlan,
    openedBy: turn.trigger.actor?.name ?? null,
  });
}

/** Takes a place among the fixes of this hour; the reason when there is none. */
export async function overLimit(turn: Turn, plan: readonly Change[]): Promise<string | null> {
  if (turn.loop.dryRun || plan.length === 0) return null;
  const { history, policy, now } = turn.loop;
  const { provider, account, kind } = turn.resource;
  const id = `${turn.case?.caseId}/${planFingerprint(turn.resource, turn.control.name, plan)}`;
  const hour = { id, windowMs: 3_600_000, nowMs: now().getTime() };
  const counted = await history.setting(`count/${provider}/${account}/${kind}`);
  if (typeof counted === 'number') {
    const most = fixesAllowed(counted, policy.limits.percentPerHour);
    const room = await history.reserve({
      ...hour,
      counter: `fixes/${provider}/${account}/${kind}`,
      max: most,
    });
    if (!room) return `${most} of ${counted} ${kind}s in this account were already shut within the hour`;
  }
  const most = policy.limits.fixesPerHour;
  const room = await history.reserve({ ...hour, counter: `fixes/${provider}/${account}`, max: most });
  return room ? null : `${most} fixes in this account within an hour are the most`;
}

/** What no fix is for: asked where a person could approve a plan, told otherwise. */
async function leave(
  turn: Turn,
  state: State,
  finding: Finding,
  decision: Decision,
  mode: Mode,
): Promise<Outcome[]> {
  const asked = turn.plan(state, decision.ask);
  if (asked.length > 0) {
    const why = sentence(finding.why, `asked because ${whyAsk(decision.ask, mode)}`);
    return [await wait(turn, 'asked', why, asked)];
  }
  const left = [...decision.tell, ...decision.ask, ...decision.fix];
  return left.length === 0 ? [] : [await tellOnly(turn, finding, left)];
}

async function tellOnly(turn: Turn, finding: Finding, left: readonly Exposure[]): Promise<Outcome> {
  const reasons = [...new Set(left.flatMap((one) => (one.tell === undefined ? [] : [one.tell])))];
  const why = sentence(finding.why, ...reasons);
  const known = turn.case;
  if (known?.outcome === 'told' && known.why === why) return turn.say('told', why);
  return turn.record('told', why, { type: 'told', why, changes: [] });
}

/** Nothing is wrong any more: our doing where an intent is open, somebody else's otherwise. */
export async function settle(turn: Turn, state: State): Promise<Outcome> {
  if (turn.loop.dryRun) return turn.say('clean', 'nothing is open any more');
  if (turn.case?.intent) return fixed(turn, state);
  const why =
    (turn.case?.shut.length ?? 0) > 0
      ? 'the rest has been closed by somebody else'
      : 'closed by somebody else';
  return turn.record('clean', why, { type: 'closed', outcome: 'clean', why });
}

async function exempt(
  turn: Turn,
  found: Finding,
  inEffect: readonly Exemption[],
  note: string,
): Promise<Outcome> {
  const last = inEffect.toSorted((a, b) => (a.until < b.until ? 1 : -1)).at(0);
  const until = last?.until ?? '';
  const why = sentence(found.why, `exempt until ${until}: ${last?.reason ?? ''} (${last?.by ?? ''})${note}`);
  if (turn.case === null) return turn.say('exempt', why);
  return turn.record('exempt', why, { type: 'exempt', why, until, by: last?.by ?? '' });
}
