import type { Control, Settings } from '../controls/control.ts';
import type { Mode, Resource, Severity } from '../model.ts';
import { fits } from './glob.ts';
import { allowedPorts } from './scan.ts';
import type { Policy, PolicyScope } from './schema.ts';

/** What a scope can be matched with. Severity is known once the control has spoken. */
export interface Circumstances {
  resource: Resource;
  name?: string | null;
  tags: { readonly [key: string]: string };
  severity?: Severity;
}

/** The first matching scope that has a mode wins over the control's own block, and that over its default. */
export function modeFor(control: Control, about: Circumstances, policy: Policy): Mode {
  const scope = policy.scopes.find((one) => one.mode && speaksOf(one, control, about));
  return scope?.mode ?? blockOf(control, policy).mode ?? control.defaultMode;
}

/** The control's own block, with the options of the first matching scope that has options laid over it. */
export function optionsFor(control: Control, about: Circumstances, policy: Policy): unknown {
  const { mode: _, ...options } = blockOf(control, policy);
  const scope = policy.scopes.find((one) => one.options && speaksOf(one, control, about));
  return control.options.parse({ ...options, ...scope?.options });
}

/** Everything that a control may know besides the state. */
export function settingsFor(control: Control, about: Circumstances, policy: Policy, now: Date): Settings {
  const { trustedAccounts, trustedOrganizations } = policy.principals;
  return {
    now,
    trusted: policy.networks.trusted,
    trustedAccounts,
    trustedOrganizations,
    options: optionsFor(control, about, policy),
  };
}

function blockOf(control: Control, policy: Policy): { mode?: Mode | undefined; [option: string]: unknown } {
  const block = Object.hasOwn(policy.controls, control.name) ? (policy.controls[control.name] ?? {}) : {};
  // `scan.ports.allowed` is the list of one control, kept beside the targets that it is about.
  const allow = control.name === 'unexpected-port' ? allowedPorts(policy.scan) : null;
  return allow === null ? block : { allow, ...block };
}

function speaksOf(scope: PolicyScope, control: Control, about: Circumstances): boolean {
  if (scope.control !== undefined && scope.control !== control.name) return false;
  return matches(scope.match, about);
}

/** Whether everything holds that is asked for. */
export function matches(match: PolicyScope['match'], about: Circumstances): boolean {
  const { resource, severity } = about;
  return (
    equals(match.provider, resource.provider) &&
    equals(match.account, resource.account) &&
    equals(match.region, resource.region) &&
    equals(match.kind, resource.kind) &&
    equals(match.severity, severity) &&
    some(match.resource, (pattern) => fits(pattern, resource.id)) &&
    some(match.name, (pattern) => typeof about.name === 'string' && fits(pattern, about.name)) &&
    some(match.tag, (tag) => carries(about.tags, tag))
  );
}

function some<Item>(wanted: Item | readonly Item[] | undefined, holds: (one: Item) => boolean): boolean {
  if (wanted === undefined) return true;
  return Array.isArray(wanted) ? wanted.some(holds) : holds(wanted as Item);
}

function equals(wanted: string | readonly string[] | undefined, value: string | undefined): boolean {
  return some(wanted, (one) => one === value);
}

/** `env=dev`, or `env` with any value. A key may hold `=` itself: then the longest key that is there counts. */
function carries(tags: Circumstances['tags'], wanted: string): boolean {
  if (Object.hasOwn(tags, wanted)) return true;
  return Object.entries(tags).some(([key, value]) => wanted === `${key}=${value}`);
}
