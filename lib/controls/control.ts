import type * as z from 'zod';
import type { Kind, States } from '../kinds.ts';
import type { Change, Exposure, Finding, Json, Mode } from '../model.ts';

/** What a control may know besides the state: the clock and the policy file, already parsed. */
export interface Settings<Options = unknown> {
  now: Date;
  /** CIDRs of the policy file's `networks.trusted`. */
  trusted: readonly string[];
  /** Account ids and organization ids of the policy file's `principals`. */
  trustedAccounts: readonly string[];
  trustedOrganizations: readonly string[];
  /** The control's own block of the policy file (and of the scope), parsed by its `options`. */
  options: Options;
  /** Why the resource is looked at: `sweep`, `approve`, the name of an event. Left out where it is unknown. */
  trigger?: string;
  /** Names of settings of this resource that an earlier look found on. */
  seenOn?: readonly string[];
  /** The settings of this resource when an earlier look found nothing wrong; null where there was none. */
  was?: { readonly [name: string]: Json } | null;
  /** Its shape as the event of its deletion tells it; null where none did. Nobody saw it, so a person decides on it. */
  said?: Json;
  /** The message says that the resource was deleted just now. */
  isDeletion?: boolean;
  /** The change came through the provider's own deployment service, acting for somebody. */
  deployed?: boolean;
}

/**
 * Whether a setting that is off was turned off, as far as anybody knows: an event says so, and so does an
 * earlier look. What a sweep finds off for the first time may never have been on.
 */
export function wasTurnedOff(setting: string, { trigger, seenOn = [] }: Settings): boolean {
  return trigger !== 'sweep' || seenOn.includes(setting);
}

/** A resource as an example: what the laws, the sandbox and the docs show. */
export interface Examples<S> {
  bad: S;
  good: S;
}

/**
 * One rule about one kind of resource. `check` and `fix` are pure; the loop acts.
 *
 * - `check`: what is wrong in this state, or null.
 * - `fix`: the fewest changes that close these exposures (a subset of what `check` found), in the order in
 *   which they must be applied. Empty when nothing can be changed.
 * - `wants`: whether it needs what the provider looks up only when it is asked to, because it costs many calls.
 * - `undo`: the way back of applied changes; left out, each change is inverted, the last first.
 */
export interface Control<K extends Kind = Kind, Schema extends z.ZodType = z.ZodType> {
  name: string;
  kind: K;
  /** A line for tables: what it finds. */
  title: string;
  /** A line for tables: what its fix does. */
  remedy: string;
  defaultMode: Mode;
  options: Schema;
  /** What the resource did of late belongs into the case. */
  inquires?: true;
  wants?(state: States[K], settings: Settings<z.infer<Schema>>): boolean;
  check(state: States[K], settings: Settings<z.infer<Schema>>): Finding | null;
  fix(state: States[K], exposures: readonly Exposure[], settings: Settings<z.infer<Schema>>): Change[];
  undo?(changes: readonly Change[]): Change[];
  /** Why what it did cannot be put back; left out where it can. */
  cannotUndo?: string;
  /** Its fix is the replacement of a key, step by step over days, instead of a change at once. */
  rotates?: true;
  examples: Examples<States[K]>;
}

/** Declares a control with its kind and options inferred, and erases both for the registry. */
export function control<K extends Kind, Schema extends z.ZodType>(of: Control<K, Schema>): Control {
  // The registry hands a control only states of its own kind and options parsed by its own schema.
  return of as unknown as Control;
}
