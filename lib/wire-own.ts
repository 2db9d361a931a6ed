import { auditTrailStopped } from './controls/audit-trail-stopped.ts';
import { fits } from './policy/glob.ts';
import type { Policy } from './policy/schema.ts';

/** Which rules and queues are this service's own, by the names in the policy file. */
export function ownNames(policy: Policy): (name: string) => boolean {
  const { mode: _, ...options } = policy.controls[auditTrailStopped.name] ?? {};
  const { own } = auditTrailStopped.options.parse(options) as { own: string[] };
  return (name) => own.some((pattern) => fits(pattern, name));
}
