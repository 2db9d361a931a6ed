import { rotateTrigger } from '../controls/stale-key.ts';
import { type Loop, line, readState, underLease } from '../loop.ts';
import { type Hint, type Outcome, type Resource, resourceKey, type Trigger } from '../model.ts';
import { openCase } from '../open-case.ts';
import type { AccountScope } from '../ports.ts';
import { Turn } from '../turn.ts';
import { beginRotation } from './begin.ts';
import { carryOn } from './carry-on.ts';
import { isUnderWay } from './rotation.ts';

/** A key is replaced because a person says so. */

function triggerBy(by: string, id: string): Trigger {
  const actor = { name: by, type: 'person', via: null, sourceIp: null };
  return { eventId: `${rotateTrigger}/${id}`, at: null, actor, name: rotateTrigger };
}

/** Begins the replacement of one key, or goes on with it. Answers where it stands. */
export async function rotateKey(resource: Resource, by: string, loop: Loop): Promise<Outcome> {
  const trigger = triggerBy(by, loop.newId());
  const control = loop.controls.find((one) => one.kind === resource.kind && one.rotates);
  if (control === undefined) return refused(trigger, `a ${resource.kind} is nothing to rotate`, resource);
  return underLease(resource, loop, async () => {
    const state = await readState(resource, loop);
    if (state === null)
      return line({ trigger, resource, outcome: 'gone', why: `${resource.id} does not exist` });
    const key = resourceKey(resource);
    const known = (await loop.history.openCases(key)).find((one) => one.control === control.name) ?? null;
    const turn = new Turn({ resource, control, trigger, loop }, known, await loop.history.exemptions(key));
    if (isUnderWay(known?.rotation)) return carryOn(turn);
    const found = control.check(state, turn.settings(state));
    if (found === null) return refused(trigger, 'there is nothing to replace', resource);
    if (loop.dryRun) return turn.say('planned', found.why, turn.plan(state, found.exposures));
    const frozen = await loop.frozen();
    if (frozen !== null) return refused(trigger, `frozen: ${frozen}`, resource);
    await openCase(turn, state, found);
    return beginRotation(turn, state, by);
  });
}

/** `target`: a case of a key, a key's id, or its owner's name. A line where that is not exactly one key. */
export async function keyNamed(
  target: string,
  by: string,
  { guarded, loop }: { guarded: readonly AccountScope[]; loop: Loop },
): Promise<Resource | Outcome> {
  const trigger = triggerBy(by, loop.newId());
  const known = await loop.history.get(target);
  if (known !== null) return known.resource;
  const found = await keysBehind(target, guarded, loop);
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined)
    return refused(
      trigger,
      `${target} is no case, and no key or user with an active key in a guarded account`,
    );
  const ids = found.map((one) => one.id).join(' and ');
  return refused(trigger, `${target} has ${ids}: name the key that is to be replaced`);
}

async function keysBehind(target: string, guarded: readonly AccountScope[], loop: Loop): Promise<Resource[]> {
  const name = target.split('/').pop() ?? target;
  const found = new Map<string, Resource>();
  for (const { provider, account } of guarded) {
    const cloud = loop.provider({ provider, account, region: 'global' });
    const hints = isAwsKey(target) || provider !== 'aws' ? [hint('credential', target)] : [];
    if (!isAwsKey(target)) hints.push(hint('key-owner', name));
    for (const { kind, id } of hints) {
      for (const one of await cloud.resolve({ provider, account, region: 'global', kind, id }))
        if (one.kind === 'credential') found.set(resourceKey(one), one);
    }
  }
  return onlyThere([...found.values()], target, loop);
}

const hint = (kind: string, id: string): Pick<Hint, 'kind' | 'id'> => ({ kind, id });
const isAwsKey = (target: string) => /^A[A-Z]{3}[A-Z0-9]{12,}$/.test(target);

/** A key that is named counts as it is; of an owner's keys only those that work. */
async function onlyThere(resources: readonly Resource[], target: string, loop: Loop): Promise<Resource[]> {
  const there: Resource[] = [];
  for (const one of resources) {
    const state = await readState(one, loop);
    const isMeant = one.id === target || (state?.kind === 'credential' && state.settings.status === 'Active');
    if (state !== null && isMeant) there.push(one);
  }
  return there;
}

function refused(trigger: Trigger, why: string, resource: Resource | null = null): Outcome {
  return line({ trigger, resource, outcome: 'refused', why });
}
