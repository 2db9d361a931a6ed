import { messageOf } from './errors.ts';
import type { Normalised } from './events/normalised.ts';
import { type Loop, line } from './loop.ts';
import type { Hint, Outcome, Resource, Trigger } from './model.ts';
import { Resource as ResourceSchema, resourceKey } from './model.ts';
import type { AccountScope } from './ports.ts';
import { reconcile } from './reconcile.ts';

/** From one event to its outcome lines. The event only names resources; the loop looks at them. */

export type { Normalised } from './events/normalised.ts';

/**
 * Handles one event. Throws RetryableError or TerminalError when a resource could not be read or changed:
 * whoever holds the event (queue, file) decides what becomes of it.
 */
export async function respond(
  event: Normalised,
  guarded: readonly AccountScope[],
  loop: Loop,
): Promise<Outcome[]> {
  const startedMs = loop.now().getTime();
  const outcomes = await outcomesOf(event, guarded, loop);
  const tookMs = loop.now().getTime() - startedMs;
  return outcomes.map((one) => ({ ...one, tookMs }));
}

async function outcomesOf(
  event: Normalised,
  guarded: readonly AccountScope[],
  loop: Loop,
): Promise<Outcome[]> {
  const { eventId, at, actor, name, findings } = event;
  const trigger: Trigger = { eventId, at, actor, name, ...(findings && { findings }) };
  if (event.ignored !== null)
    return [line({ trigger, resource: null, outcome: 'ignored', why: event.ignored })];

  const outcomes: Outcome[] = [];
  const seen = new Set<string>();
  for (const hint of event.hints) {
    const refusal = whyNotGuarded(hint, guarded);
    if (refusal !== null) {
      outcomes.push(await refuse(hint, refusal, trigger, loop));
      continue;
    }
    const { leak, before } = hint;
    const about = { ...trigger, ...(leak && { leak }), ...(before !== undefined && { before }) };
    const resources = await loop.provider(hint).resolve(hint);
    const fresh = resources.filter((one) => !seen.has(resourceKey(one)));
    for (const resource of fresh) {
      seen.add(resourceKey(resource));
      outcomes.push(...(await reconcile(resource, about, loop)));
    }
    if (resources.length === 0) outcomes.push(nothingBehind(hint, trigger));
  }
  return outcomes;
}

/** Why this account or region is none of ours; null when it is. */
export function whyNotGuarded(hint: Hint, guarded: readonly AccountScope[]): string | null {
  const scope = guarded.find((one) => one.provider === hint.provider && one.account === hint.account);
  if (scope === undefined) return `${hint.provider} account ${hint.account} is not in the policy file`;
  if (hint.region === 'global' || scope.regions.includes(hint.region)) return null;
  return `region ${hint.region} of account ${hint.account} is not in the policy file`;
}

/** An event about somebody else's account is kept, once per resource, and never acted on. */
async function refuse(hint: Hint, why: string, trigger: Trigger, loop: Loop): Promise<Outcome> {
  const resource = resourceIn(hint);
  const control = 'guarded-account';
  if (resource === null || loop.dryRun) return line({ trigger, resource, outcome: 'refused', why });

  const known = await loop.history.latest(resourceKey(resource), control);
  const caseId = known?.caseId ?? loop.newId();
  if (known === null) {
    const at = loop.now().toISOString();
    const entry = { caseId, at, eventId: trigger.eventId };
    const facts = { resource, resourceName: null, control, severity: 'low' as const, why, exposures: [] };
    const origin = { actor: trigger.actor, eventName: trigger.name, since: trigger.at };
    await loop.history.append({ ...entry, story: { type: 'opened', ...facts, ...origin } }, 0);
    await loop.tell(
      await loop.history.append({ ...entry, story: { type: 'closed', outcome: 'refused', why } }, 1),
    );
  }
  return line({ trigger, resource, outcome: 'refused', why, control, caseId });
}

function nothingBehind(hint: Hint, trigger: Trigger): Outcome {
  const why = `no resource is behind ${hint.kind} ${hint.id}`;
  return line({ trigger, resource: resourceIn(hint), outcome: 'gone', why });
}

/** The resource that a hint names by itself; null where it needs to be resolved. */
function resourceIn({ leak: _, before: __, ...named }: Hint): Resource | null {
  return ResourceSchema.safeParse(named).data ?? null;
}

/** The line for an event that could not be handled to its end. */
export function failedLine(eventId: string, error: unknown): Outcome {
  return line({ trigger: { eventId }, resource: null, outcome: 'failed', why: messageOf(error) });
}
