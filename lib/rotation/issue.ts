import { messageOf, TerminalError } from '../errors.ts';
import type { Outcome } from '../model.ts';
import { closeGap } from './gap.ts';
import { limitOf, type NewKey } from './rotator.ts';
import type { Run } from './run.ts';

/** The first half of a rotation: a new key is made and reaches its owner, or it is removed again. */

/** A provider's list may lag behind what a process did just before it died. */
const settleMs = 60_000;
/** CloudTrail shows a call after minutes; what it does not show within this time, a person must look at. */
const unknownMostMs = 60 * 60_000;
/** New keys for secrets that were lost in crashes, before it is a person's turn. */
const lostMost = 5;

export async function create(run: Run): Promise<Outcome | null> {
  const early = isEarly(run);
  if (early) return early;
  const frozen = await run.held();
  if (frozen !== null) return frozen;
  const listed = await run.keys();
  const { owner } = run.rotation;
  if (listed === null) return ownerGone(run);
  const gap = await closeGap(run, listed);
  if (gap.is === 'unknown' && ageMs(run) < unknownMostMs) return run.pause(gap.why, settleMs);
  if (gap.is === 'unknown') return run.stop(`${gap.why}: it is left alone, and no new key was made`);
  if (gap.is === 'somebody') return run.stop(gap.why);
  if (!gap.keys.some((key) => key.id === run.oldId)) {
    const why = `${run.oldId} was deleted meanwhile; no new key was made`;
    return run.end({ type: 'closed', outcome: 'gone', why }, 'stopped');
  }
  const limit = limitOf(gap.keys, run.rotator.keysMax, owner);
  if (limit !== null) return run.stop(limit);
  try {
    run.inHand = await run.rotator.create(run.holder, run.caseId);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return run.end({ type: 'failed', why: `no new key was made: ${messageOf(error)}` }, 'stopped');
  }
  const { id } = run.inHand;
  await run.move('deliver', `${id} was made and goes to ${run.delivery.pointer(run.caseId, id)}`, {
    replacement: id,
  });
  return null;
}

export async function deliver(run: Run): Promise<Outcome | null> {
  const early = isEarly(run);
  if (early) return early;
  const frozen = await run.held();
  if (frozen !== null) return frozen;
  const { inHand } = run;
  return inHand === null ? resumeDelivery(run) : deliverNow(run, inHand);
}

async function deliverNow(run: Run, key: NewKey): Promise<Outcome | null> {
  try {
    await run.delivery.deliver(run.caseId, key);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    await discard(run, key.id);
    const why = `${key.id} could not be delivered and was removed again: ${messageOf(error)}`;
    return run.end({ type: 'failed', why }, 'stopped');
  }
  return delivered(run);
}

/** The process that knew the secret has died: either the owner has it by now, or nobody ever will. */
async function resumeDelivery(run: Run): Promise<Outcome | null> {
  const { replacement, discarded } = run.rotation;
  if (replacement === null) throw new TerminalError('a delivery was begun without a key');
  if (await run.delivery.holds(run.caseId, replacement)) {
    await run.delivery.finish(run.caseId, replacement);
    return delivered(run);
  }
  await discard(run, replacement);
  const lost = [...discarded, replacement];
  if (lost.length >= lostMost) {
    const why = `the secrets of ${lost.length} new keys were lost on their way; the keys were removed`;
    return run.end({ type: 'failed', why }, 'stopped');
  }
  await run.move('create', `the secret of ${replacement} was lost, so it was removed; another key is made`, {
    replacement: null,
    discarded: lost,
  });
  return null;
}

async function delivered(run: Run): Promise<Outcome | null> {
  run.inHand = null;
  const { owner, replacement } = run.rotation;
  const until = run.inDays(run.desk.verifyDays);
  const works = run.rotator.canDeactivate
    ? `${run.oldId} is deactivated once the new key is used and this one is not`
    : `${run.oldId} is deleted once it is not needed any more`;
  const why = `${owner} has a new key, ${replacement}: ${run.pointer}; ${works}, until ${until}`;
  await run.move('verify', why, { until });
  if (run.turn.case) await run.turn.loop.tell(run.turn.case);
  return null;
}

async function discard(run: Run, keyId: string): Promise<void> {
  await run.delivery.takeBack(run.caseId, keyId);
  await run.rotator.delete(run.holder, keyId);
}

function ageMs(run: Run): number {
  return run.now().getTime() - Date.parse(run.rotation.since);
}

function isEarly(run: Run): Promise<Outcome> | null {
  if (run.resumed === null || ageMs(run) >= settleMs) return null;
  return run.pause('an interrupted step is taken up again in a minute', settleMs);
}

export function ownerGone(run: Run): Promise<Outcome> {
  const why = `${run.rotation.owner} does not exist any more`;
  return run.end({ type: 'closed', outcome: 'gone', why }, 'stopped');
}
