import type { Case } from './cases.ts';
import { fingerprint } from './fingerprint.ts';
import {
  contentOf,
  exposureKey,
  invert,
  type Kind,
  partOf,
  type State,
  tellChange,
  touchedFingerprint,
} from './kinds.ts';
import { type Loop, line, readState, underLease } from './loop.ts';
import type { Change, Element, Outcome, ToldChange, Trigger } from './model.ts';
import { resourceKey } from './model.ts';
import { afterChanges } from './providers/memory.ts';
import { undoRotation } from './rotation/undo-rotation.ts';
import { rememberedOf } from './seen-on.ts';
import { sentence } from './sentence.ts';
import { apply } from './shut.ts';
import { Turn } from './turn.ts';

/** A person's word on a case: who, and for how long an undone or denied exposure may stay. */
export interface Answer {
  caseId: string;
  by: string;
  exemptMs: number;
  /** The plan that they saw; left out where whatever waits is meant. */
  planFingerprint?: string;
  /** Of the click or request, so that the same one twice is one. */
  eventId?: string;
}

function triggerOf(answer: Answer, name: string): Trigger {
  const actor = { name: answer.by, type: 'person', via: null, sourceIp: null };
  return { eventId: answer.eventId ?? `${name}/${answer.caseId}`, at: null, actor, name };
}

/** The turn that a person's answer gets on a case, with the case as it is now; a line when there is none. */
export async function turnOn(known: Case, trigger: Trigger, loop: Loop): Promise<Turn | Outcome> {
  const { resource } = known;
  const control = loop.controls.find((one) => one.name === known.control && one.kind === known.resource.kind);
  const fresh = await loop.history.get(known.caseId);
  if (control === undefined || fresh === null) {
    return line({
      trigger,
      resource,
      outcome: 'refused',
      why: `there is no control ${known.control} any more`,
    });
  }
  const key = resourceKey(resource);
  const stored = await loop.history.exemptions(key);
  const seen = await rememberedOf(key, loop);
  return new Turn({ resource, control, trigger, loop, seen }, fresh, stored);
}

/** A refusal is an answer: it is kept in the history, and no call is made. */
export async function refuse(turn: Turn, why: string, by: string): Promise<Outcome> {
  return turn.record('refused', why, { type: 'refused', why, by });
}

/** Puts back exactly what the case's fixes shut: once, and only while nothing else has changed since. */
export async function undo(answer: Answer, loop: Loop): Promise<Outcome> {
  return onCase(answer, 'undo', loop, (turn) => undoNow(turn, answer));
}

/** What a person says about a case, under the lease of its resource; refused where there is no such case or control. */
export async function onCase(
  answer: Answer,
  name: string,
  loop: Loop,
  then: (turn: Turn) => Promise<Outcome>,
): Promise<Outcome> {
  const trigger = triggerOf(answer, name);
  const known = await loop.history.get(answer.caseId);
  if (known === null)
    return line({ trigger, resource: null, outcome: 'refused', why: `there is no case ${answer.caseId}` });
  return underLease(known.resource, loop, async () => {
    const turn = await turnOn(known, trigger, loop);
    return turn instanceof Turn ? then(turn) : turn;
  });
}

async function undoNow(turn: Turn, answer: Answer): Promise<Outcome> {
  const known = turn.case;
  const { by } = answer;
  if (known?.rotation && !known.undoIntent) {
    const ended = await undoRotation(turn, answer);
    if (ended !== null) return ended;
  }
  if (known?.undoIntent) {
    const state = await readState(turn.resource, turn.loop);
    return state === null
      ? refuse(turn, `${turn.resource.id} does not exist any more`, by)
      : finishUndo(turn, state);
  }
  if (known === null || known.shut.length === 0) {
    const why =
      known?.outcome === 'undone' ? 'it has been undone already' : 'nothing was shut that could be put back';
    return refuse(turn, why, by);
  }
  if (turn.control.cannotUndo) return refuse(turn, turn.control.cannotUndo, by);
  const frozen = await turn.loop.frozen();
  if (frozen !== null) return refuse(turn, `frozen: ${frozen}`, by);
  const state = await readState(turn.resource, turn.loop);
  if (state === null) return refuse(turn, `${turn.resource.id} does not exist any more`, by);
  if (!isAsWeLeftIt(turn, known, state)) {
    return refuse(
      turn,
      'the resource has been changed since it was shut: look at it and open what you need by hand',
      by,
    );
  }

  const changes = wayBack(turn, state, known.shut);
  if (changes.length === 0) return refuse(turn, 'what was shut cannot be put back', by);
  const until = new Date(turn.loop.now().getTime() + answer.exemptMs).toISOString();
  // Before the first call: a crash in between must not let the next sweep shut it again.
  await turn.add({ type: 'undo-intent', by, changes, until });
  return finishUndo(turn, state);
}

/** As our fix left it; after an undo that failed, also where some of its steps got through and nobody else made one. */
function isAsWeLeftIt(turn: Turn, { shut, after, outcome }: Case, state: State): boolean {
  if (touchedFingerprint(state, shut) === after) return true;
  if (outcome !== 'failed') return false;
  const [shutAgain, back] = [afterChanges(state, shut), afterChanges(state, wayBack(turn, state, shut))];
  const isOurs = (change: ToldChange) => {
    if (change.op !== 'set') return isAbsentOrSame(state, change);
    const held = touchedFingerprint(state, [change]);
    return [shutAgain, back].some((one) => touchedFingerprint(one, [change]) === held);
  };
  return touchedFingerprint(shutAgain, shut) === after && shut.every(isOurs);
}

/** Under the id of what was shut somebody may have put something else. */
function isAbsentOrSame(state: State, { part, value }: Extract<Change, { value: Element }>): boolean {
  const held = partOf(state, part);
  const there = Array.isArray(held) ? held.find((one) => one.id === value.id) : undefined;
  return there === undefined || isSame(state.kind, there, value);
}

function wayBack(turn: Turn, state: State, shut: readonly ToldChange[]): ToldChange[] {
  const changes = turn.control.undo ? turn.control.undo(shut) : invert(shut);
  return changes.map((change) => tellChange(state.kind, change));
}

/** Carries out a stored undo, also one that a crash left half done: every step may be there already. */
export async function finishUndo(turn: Turn, state: State): Promise<Outcome> {
  const intent = turn.case?.undoIntent;
  if (!intent) return turn.say('refused', 'no undo was begun');
  const { changes, by, until } = intent;
  const wanted = afterChanges(state, changes);
  const open = new Set(exposuresOf(turn, state));
  await exempt(
    turn,
    exposuresOf(turn, wanted).filter((key) => !open.has(key)),
    intent,
  );
  const { problems } = await apply(turn, changes);

  const now = await readState(turn.resource, turn.loop);
  if (now === null || touchedFingerprint(now, changes) !== touchedFingerprint(wanted, changes)) {
    const why = sentence('the undo is not complete', ...problems);
    return turn.record('failed', why, { type: 'failed', why });
  }
  // Some exposures show only once it is open again: a port that answers through its rule.
  await exempt(turn, exposuresBy(turn, now, changes), intent);
  const why = `put back by ${by}; it may stay until ${until}`;
  return turn.record('undone', why, { type: 'undone', by, changes, exemptUntil: until }, changes);
}

/** What is put back may stay, and nothing beside it. After a crash it may have been stored already. */
async function exempt(
  turn: Turn,
  keys: readonly string[],
  { by, until }: { by: string; until: string },
): Promise<void> {
  const { control, resource, loop } = turn;
  const key = resourceKey(resource);
  const stored = await loop.history.exemptions(key);
  const known = new Set(
    stored
      .filter((one) => one.control === control.name && one.until >= until)
      .flatMap((one) => one.covers ?? []),
  );
  const covers = keys.filter((one) => !known.has(one));
  if (covers.length === 0) return;
  const reason = 'put back with undo';
  await loop.history.exempt({ resourceKey: key, control: control.name, until, reason, by, covers });
}

/** What is exposed by the elements and settings that these changes brought. */
function exposuresBy(turn: Turn, state: State, changes: readonly ToldChange[]): string[] {
  const found = turn.check(state).found?.exposures ?? [];
  const brought = found.filter(({ part, id }) => {
    const held = partOf(state, part);
    const element = Array.isArray(held) ? held.find((one) => one.id === id) : undefined;
    return changes.some((change) => {
      if (change.part !== part || change.op === 'remove') return false;
      if (change.op === 'set') return change.id === id;
      return element !== undefined && isSame(state.kind, element, change.value);
    });
  });
  return brought.map((one) => exposureKey(state, one));
}

const isSame = (kind: Kind, a: Element, b: Element) =>
  fingerprint(contentOf(kind, a)) === fingerprint(contentOf(kind, b));

export function exposuresOf(turn: Turn, state: State): string[] {
  return (turn.check(state).found?.exposures ?? []).map((one) => exposureKey(state, one));
}
