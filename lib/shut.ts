import { messageOf, TerminalError } from './errors.ts';
import { keyOfChange, planFingerprint } from './fingerprint.ts';
import { exposureKey, type State, touchedFingerprint } from './kinds.ts';
import { readState } from './loop.ts';
import type { Exposure, Outcome, ToldChange } from './model.ts';
import { beginRotation } from './rotation/begin.ts';
import { sentence } from './sentence.ts';
import { inEffect } from './settle.ts';
import type { Turn } from './turn.ts';

/** What a shut leaves behind: its line, and the fresh state where there is one to go on with. */
export interface Shut {
  outcome: Outcome;
  state: State | null;
}

/** Stores the intent, applies the plan, reads again, and says what that read shows. */
export async function shut(
  turn: Turn,
  before: State,
  targets: readonly Exposure[],
  plan: ToldChange[],
  by: string,
) {
  if (turn.control.rotates) return { outcome: await beginRotation(turn, before, by), state: null };
  await intend(turn, before, plan, by);
  const applied = await apply(turn, plan);
  const state = await readState(turn.resource, turn.loop);
  turn.left = state;
  if (state === null) return { outcome: await gone(turn), state: null };

  const keys = new Set(targets.map((one) => exposureKey(before, one)));
  const still = (turn.check(state).found?.exposures ?? []).filter((one) => keys.has(exposureKey(state, one)));
  if (still.length > 0) return { outcome: await unfixed(turn, state, still, applied.problems), state: null };
  return { outcome: await fixed(turn, state), state };
}

/** A clean state behind an open intent: whatever of it is in effect was ours. */
export async function fixed(turn: Turn, state: State, rest: ToldChange[] = []): Promise<Outcome> {
  const changes = doneSinceIntent(turn, state);
  const why = turn.case?.why ?? '';
  const open = turn.check(state).left !== null;
  const after = afterAll(turn, state, changes);
  const story = { type: 'fixed' as const, changes, after, why, open, ...(rest.length > 0 && { rest }) };
  return turn.record('fixed', why, story, changes);
}

export async function gone(turn: Turn): Promise<Outcome> {
  const why = `${turn.resource.id} does not exist any more`;
  return turn.record('gone', why, { type: 'closed', outcome: 'gone', why });
}

async function intend(turn: Turn, before: State, plan: ToldChange[], by: string): Promise<void> {
  // A run that crashed behind this intent is continued, so that its history reads as if it had not.
  const known = new Set(turn.case?.intent?.changes.map(keyOfChange));
  if (known.size > 0 && plan.every((change) => known.has(keyOfChange(change)))) return;
  const fingerprint = planFingerprint(turn.resource, turn.control.name, plan);
  await turn.add({ type: 'intent', changes: plan, before, planFingerprint: fingerprint, by });
}

/** Applies step by step. A refused step is a problem to report; a retryable error flies with the intent open. */
export async function apply(turn: Turn, plan: readonly ToldChange[]): Promise<{ problems: string[] }> {
  const provider = turn.loop.provider(turn.resource);
  const problems: string[] = [];
  for (const change of plan) {
    const frozen = await turn.loop.frozen();
    if (frozen !== null)
      return { problems: [...problems, `stopped before "${change.text}": frozen (${frozen})`] };
    try {
      await provider.apply(turn.resource, change);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      problems.push(`"${change.text}" was refused: ${messageOf(error)}`);
      // What is added keeps legitimate access alive: nothing may be closed behind a failed addition.
      if (change.op === 'add') break;
    }
  }
  return { problems };
}

async function unfixed(turn: Turn, state: State, still: Exposure[], problems: string[]): Promise<Outcome> {
  const open = still.map((one) => `${one.what} is still open to ${one.to}`);
  const why = sentence(...open, ...problems);
  const done = doneSinceIntent(turn, state);
  const changes = turn.plan(state, still);
  const story = { type: 'unfixed' as const, why, changes, done, after: afterAll(turn, state, done) };
  return turn.record('unfixed', why, story, changes);
}

/** What undo compares with: everything that this case has shut so far. */
function afterAll(turn: Turn, state: State, done: readonly ToldChange[]): string {
  return touchedFingerprint(state, [...(turn.case?.shut ?? []), ...done]);
}

/** What a crashed run did get through is ours, also where the rest waits or may stay. */
export async function settleHalf(
  turn: Turn,
  state: State,
  waiting: readonly ToldChange[] = [],
): Promise<Outcome[]> {
  const known = new Set(turn.case?.shut.map(keyOfChange));
  const news = doneSinceIntent(turn, state).filter((one) => !known.has(keyOfChange(one)));
  if (turn.loop.dryRun || news.length === 0) return [];
  const waits = new Set(waiting.map(keyOfChange));
  const rest = turn.case?.intent?.changes.filter((one) => waits.has(keyOfChange(one)));
  return [await fixed(turn, state, rest)];
}

function doneSinceIntent(turn: Turn, state: State): ToldChange[] {
  const intent = turn.case?.intent;
  return intent ? inEffect(intent.changes, intent.before, state) : [];
}
