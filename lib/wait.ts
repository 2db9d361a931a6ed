import { planFingerprint } from './fingerprint.ts';
import type { Outcome, ToldChange } from './model.ts';
import type { Turn } from './turn.ts';

/** Records that a person must decide; the same question is not put twice while it stands. */
export async function wait(
  turn: Turn,
  outcome: 'asked' | 'held',
  why: string,
  plan: ToldChange[],
): Promise<Outcome> {
  const fingerprint = planFingerprint(turn.resource, turn.control.name, plan);
  const now = turn.loop.now();
  const asked = turn.case?.asked ?? null;
  const stands = asked?.planFingerprint === fingerprint && new Date(asked.expiresAt) > now;
  if (stands && turn.case?.outcome === outcome) return turn.say(outcome, why, plan);
  const expiresAt = new Date(now.getTime() + turn.loop.policy.approvalExpiresMs).toISOString();
  return turn.record(
    outcome,
    why,
    { type: outcome, why, changes: plan, planFingerprint: fingerprint, expiresAt, ...causeOf(turn) },
    plan,
  );
}

/** Who made the change that led here. A person who answers looks, and causes nothing. */
function causeOf({ trigger }: Turn): { cause?: string } {
  const { actor } = trigger;
  return actor === null || actor.type === 'person' ? {} : { cause: actor.name };
}
