import type { Control } from '../controls/control.ts';
import type { State } from '../kinds.ts';
import type { PolicyView } from '../loop.ts';
import type { Resource } from '../model.ts';
import { approvalRules } from './approval-rules.ts';
import { exemptionsFor } from './exemptions.ts';
import type { Policy } from './schema.ts';
import { type Circumstances, modeFor, settingsFor } from './settings.ts';

/** The policy file as the loop asks it. */
export function policyView(policy: Policy, controls: readonly Control[]): PolicyView {
  const controlNames = controls.map((one) => one.name);
  return {
    limits: policy.limits,
    approvalExpiresMs: policy.approvals.expireAfterMinutes * 60_000,
    optionsByTag: policy.scopes.some(
      ({ match, options }) => match.tag !== undefined && options !== undefined,
    ),
    people: approvalRules(policy),
    modeFor: (control, { severity, ...about }) => modeFor(control, { ...factsOf(about), severity }, policy),
    settingsFor: (control, about) => settingsFor(control, factsOf(about), policy, about.now),
    exemptionsFor: (control, about) =>
      exemptionsFor({
        ...factsOf(about),
        control,
        controlNames,
        policy,
        stored: about.stored,
        now: about.now,
      }),
  };
}

/** Not every kind of state has a name and tags. */
function factsOf({ resource, state }: { resource: Resource; state: State }): Circumstances {
  return {
    resource,
    name: 'name' in state ? state.name : null,
    tags: 'tags' in state ? state.tags : {},
  };
}
