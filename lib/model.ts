import * as z from 'zod';

/** The nouns of the service: shapes only, no behaviour beyond naming. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const providerNames = ['aws', 'exoscale', 'openstack', 'host', 'memory'] as const;
export type ProviderName = (typeof providerNames)[number];

export const kindNames = [
  'firewall',
  'network-acl',
  'bucket',
  'account',
  'credential',
  'key-pair',
  'certificate',
  'policy',
  'sharing',
  'database',
  'listener',
  'instance',
  'trail',
  'user',
  'cluster',
  'blocklist',
  'endpoint',
] as const;
export type KindName = (typeof kindNames)[number];

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const modes = ['fix', 'ask', 'tell', 'off'] as const;
export type Mode = (typeof modes)[number];

/** One thing in one account. `region` is `global` for what has none; `id` is the provider's own id. */
export const Resource = z.strictObject({
  provider: z.enum(providerNames),
  account: z.string(),
  region: z.string(),
  kind: z.enum(kindNames),
  id: z.string().min(1),
});
export type Resource = z.infer<typeof Resource>;

/** `aws/123456789012/eu-central-1/firewall/sg-0123`: stable, the id last because ids may hold slashes. */
export function resourceKey(resource: Resource): string {
  const { provider, account, region, kind, id } = resource;
  return `${provider}/${account}/${region}/${kind}/${id}`;
}

/**
 * What an event names. Usually a guarded resource; sometimes something that guarded resources hang on
 * (a prefix list, an instance, a group known by name only), which the provider resolves to them.
 */
export interface Hint {
  provider: ProviderName;
  account: string;
  region: string;
  /** A kind, or a provider's own word for something it can resolve: `prefix-list`, `firewall-name`. */
  kind: string;
  id: string;
  /** The event does not only name it: it says that it is in the wrong hands. */
  leak?: Leak;
  /** What the event says that it was before it was deleted, in the provider's words. */
  before?: Json;
}

/**
 * Why a credential is taken to be in the wrong hands. `what`: which one, where the resource stands for several (the id
 * of a session's key). Not `sure`: it may still be its owner, so a person decides.
 */
export interface Leak {
  by: string;
  what: string;
  sure: boolean;
}

/** Who made the change, as far as the event says. `via` is how: console, cli, terraform, sdk, a service. */
export const Actor = z.object({
  name: z.string(),
  type: z.string(),
  via: z.string().nullable(),
  sourceIp: z.string().nullable(),
});
export type Actor = z.infer<typeof Actor>;

/** A finding of another tool as Security Hub holds it. Ids and words are the tool's own. */
export interface ReportedFinding {
  id: string;
  productArn: string;
  /** `EC2.13` where it is one of Security Hub's own checks. */
  control: string | null;
  generator: string;
  types: string[];
}

/** Why a resource is looked at now: an audit event, a sweep, a click. It decides nothing. */
export interface Trigger {
  eventId: string;
  /** When it happened, ISO 8601; null where the source does not say (a sweep). */
  at: string | null;
  actor: Actor | null;
  /** `AuthorizeSecurityGroupIngress`, `sweep`, `approve` … */
  name: string;
  leak?: Leak;
  /** As in the hint. */
  before?: Json;
  /** The findings that the event is about. */
  findings?: ReportedFinding[];
}

/** One element of a part of a state: a rule, a statement, a grant. Its id is the provider's own. */
export type Element = { id: string } & { [key: string]: Json };

/**
 * The smallest step a provider can apply, complete enough to be inverted exactly. `part` names the field of
 * the state that holds the element (`rules`, `statements`, `settings`).
 * `index`: where a removed element stood, for parts whose order the provider keeps.
 */
export type Change =
  | { op: 'add'; part: string; value: Element; index?: number }
  | { op: 'remove'; part: string; value: Element; index?: number }
  | { op: 'set'; part: string; id: string; from: Json; to: Json };

/** One thing that is wrong in a resource. */
export interface Exposure {
  part: string;
  /** Id of the offending element, or the name of the setting. */
  id: string;
  /** What is open: `tcp/22 (ssh)`. */
  what: string;
  /** To whom: `the whole internet (0.0.0.0/0)`. */
  to: string;
  severity: Severity;
  /** Why a person must decide even where the mode is `fix`. */
  ask?: string;
  /** Why nothing is changed even where the mode is `fix` or `ask`. */
  tell?: string;
}

/** A control's answer on a state. `why` is the sentence that the on-call reads. */
export interface Finding {
  severity: Severity;
  why: string;
  exposures: Exposure[];
}

export const outcomes = [
  'clean',
  'gone',
  'ignored',
  'exempt',
  'told',
  'asked',
  'held',
  'planned',
  'fixed',
  'unfixed',
  'failed',
  'undone',
  'refused',
] as const;
export type OutcomeName = (typeof outcomes)[number];

/** A change as people and scripts read it: the change itself and one readable line. */
export type ToldChange = Change & { text: string };

/** The outcome line: what `respond`, `sweep`, `approve`, `undo` print. `control` is null where none speaks. */
export interface Outcome {
  eventId: string;
  resource: Resource | null;
  control: string | null;
  outcome: OutcomeName;
  why: string;
  changes: ToldChange[];
  caseId: string | null;
  tookMs: number;
}

/**
 * A dated, reasoned permission to stay as it is. `covers`: keys of the exposures it is meant for (what a deny or
 * an undo left open), so that anything opened beside them is still shut; null: whatever the control finds.
 */
export interface Exemption {
  resourceKey: string;
  control: string;
  until: string;
  reason: string;
  by: string;
  covers: string[] | null;
}

export function worst(list: readonly Severity[]): Severity {
  return list.reduce((a, b) => (severities.indexOf(b) > severities.indexOf(a) ? b : a), 'low');
}
