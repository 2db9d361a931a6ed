import { touchedFingerprint } from '../kinds.ts';
import { readState } from '../loop.ts';
import type { Outcome } from '../model.ts';
import { sentence } from '../sentence.ts';
import { wait } from '../wait.ts';
import { ownerGone } from './issue.ts';
import { judgeUse } from './judge-use.ts';
import type { HeldKey } from './rotator.ts';
import type { Run } from './run.ts';

/** The second half of a rotation: the old key goes, and never while it is the only one that works. */

interface Both {
  old: HeldKey;
  replacement: HeldKey;
}

export async function verify(run: Run): Promise<Outcome | null> {
  const both = await bothKeys(run);
  if (!('old' in both)) return both.outcome;
  const { old, replacement } = both;
  if (!old.isActive) {
    await beginHold(run, `${old.id} is inactive already`);
    return null;
  }
  const verdict = judgeUse(
    {
      newUsedAt: replacement.lastUsedAt,
      oldUsedAt: old.lastUsedAt,
      isKnown: run.rotator.knowsUse,
      until: run.rotation.until ?? run.rotation.since,
      quietHours: run.desk.quietHours,
    },
    run.now(),
  );
  // Just delivered: where the key is matters more than what is waited for.
  const told = run.resumed === null ? run.turn.case?.why : undefined;
  if (verdict.act === 'wait') return run.pause(told ?? verdict.why);
  if (verdict.act === 'ask') {
    const to = run.rotator.canDeactivate ? 'Inactive' : 'Deleted';
    return ask(run, `${run.oldId} is not switched off by itself: ${verdict.why}`, to);
  }
  // Without a way back, nothing goes that nobody agreed to.
  if (!run.rotator.canDeactivate && run.rotation.deletionBy === null) return ask(run, verdict.why, 'Deleted');
  await retire(run, verdict.why);
  return null;
}

/** The old key's last step begins: off, or where there is no off, away. */
export async function retire(run: Run, why: string, by = run.rotation.deletionBy): Promise<void> {
  if (run.rotator.canDeactivate) await run.move('deactivate', `${run.oldId} is deactivated: ${why}`);
  else await run.move('delete', `${run.oldId} is deleted: ${why}`, { deletionBy: by });
}

export async function deactivate(run: Run): Promise<Outcome | null> {
  const frozen = await run.held();
  if (frozen !== null) return frozen;
  const both = await bothKeys(run);
  if (!('old' in both)) return both.outcome;
  if (both.old.isActive) await run.rotator.setActive(run.holder, run.oldId, false);

  const state = await readState(run.turn.resource, run.turn.loop);
  if (state?.kind !== 'credential') return null;
  if (state.settings.status !== 'Inactive')
    return run.turn.say('unfixed', `${run.oldId} still works after it was deactivated`);
  const changes = [run.statusChange('Active', 'Inactive')];
  const until = run.inDays(run.desk.holdDays);
  const why = sentence(
    `${run.rotation.owner} works with ${run.rotation.replacement}`,
    `${run.oldId} is inactive and is deleted at ${until}`,
  );
  const after = touchedFingerprint(state, changes);
  const story = {
    type: 'fixed' as const,
    changes,
    after,
    why,
    open: true,
    rotation: run.at('hold', { until }),
  };
  return run.turn.record('fixed', why, story, changes);
}

export async function hold(run: Run): Promise<Outcome | null> {
  const both = await bothKeys(run);
  if (!('old' in both)) return both.outcome;
  if (both.old.isActive)
    return run.stop(`${run.oldId} was activated again by somebody else: both keys are left as they are`);
  const { until, deletionBy } = run.rotation;
  if (until !== null && run.now() < new Date(until)) return run.pause(`${run.oldId} is deleted at ${until}`);
  if (deletionBy === null) return ask(run, `${run.oldId} was inactive since its replacement`, 'Deleted');
  await run.move('delete', `${run.oldId} is deleted, agreed by ${deletionBy}`);
  return null;
}

export async function deleteOld(run: Run): Promise<Outcome | null> {
  const frozen = await run.held();
  if (frozen !== null) return frozen;
  const both = await bothKeys(run);
  if (!('old' in both)) return both.outcome;
  if (both.old.isActive && run.rotator.canDeactivate)
    return run.stop(`${run.oldId} was activated again by somebody else: both keys are left as they are`);
  await run.rotator.delete(run.holder, run.oldId);

  const left = await run.keys();
  if (left?.some((key) => key.id === run.oldId))
    return run.turn.say('unfixed', `${run.oldId} is still there after it was deleted`);
  return done(run);
}

async function done(run: Run): Promise<Outcome> {
  const { replacement, owner } = run.rotation;
  const { afterwards } = run.rotator;
  const why = sentence(
    `${run.oldId} is deleted, and ${owner} has ${replacement}`,
    ...(afterwards === null ? [] : [afterwards]),
  );
  const changes = [run.statusChange('Inactive', 'Deleted')];
  await run.lookAgainAt(null);
  const rotation = run.at('done');
  return run.turn.record(
    'fixed',
    why,
    { type: 'fixed', changes, after: '', why, open: false, rotation },
    changes,
  );
}

async function beginHold(run: Run, why: string): Promise<void> {
  const until = run.inDays(run.desk.holdDays);
  await run.move('hold', `${why}; it is deleted at ${until}`, { until });
}

/**
 * Both keys as they are now, or the outcome where one of them is missing. The old key is never switched off or
 * deleted while the new one does not work.
 */
async function bothKeys(run: Run): Promise<Both | { outcome: Outcome }> {
  const keys = await run.keys();
  if (keys === null) return { outcome: await ownerGone(run) };
  const { step, discarded } = run.rotation;
  for (const { id } of keys.filter((key) => discarded.includes(key.id)))
    await run.rotator.delete(run.holder, id);
  const replacement = keys.find((key) => key.id === run.rotation.replacement);
  const old = keys.find((key) => key.id === run.oldId);
  if (old === undefined && replacement !== undefined)
    return { outcome: step === 'delete' ? await done(run) : await oldGone(run) };
  if (old === undefined || replacement === undefined || !replacement.isActive) {
    const what = replacement?.isActive === false ? 'was deactivated' : 'was deleted';
    const rest = old === undefined ? `${run.oldId} too` : `${run.oldId} is left as it is`;
    return {
      outcome: await run.stop(`the new key ${run.rotation.replacement} ${what} by somebody else: ${rest}`),
    };
  }
  return { old, replacement };
}

/** Somebody else was faster. */
function oldGone(run: Run): Promise<Outcome> {
  const { replacement, owner } = run.rotation;
  const why = `${run.oldId} was deleted by somebody else; ${owner} has ${replacement}`;
  return run.end({ type: 'closed', outcome: 'clean', why }, 'done');
}

async function ask(run: Run, why: string, to: 'Inactive' | 'Deleted'): Promise<Outcome> {
  const from = to === 'Inactive' ? 'Active' : 'Inactive';
  await run.pause(why);
  return wait(run.turn, 'asked', why, [run.statusChange(from, to)]);
}
