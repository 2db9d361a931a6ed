import type { Kind, State } from '../../kinds.ts';
import type { Change, Json } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Clients, Place } from './clients.ts';

/** IAM actions, beside the code that makes the calls; compared with the roles by a test. */
export interface Calls {
  read: readonly string[];
  write: readonly string[];
}

/**
 * How AWS holds one kind: one file each. Whatever an adapter throws becomes an error for the resources that
 * were asked for, so it catches only what it expects.
 */
export interface Adapter {
  readonly kind: Kind;
  /** The account has these once, not per region: their region is `global`. `both`: it has some of either. */
  readonly isGlobal?: boolean | 'both';
  readonly calls: Calls;
  /** Answers every id: `gone` only when AWS says so, an error where the answer is not whole. */
  read(clients: Clients, place: Place, ids: readonly string[]): Promise<Map<string, Reading>>;
  /** The state with what is looked up only when a control asks for it. */
  lookFurther?(clients: Clients, place: Place, state: State): Promise<State>;
  /** As `Provider.glance`; left out where it would cost as many calls as `read`. */
  glance?(clients: Clients, place: Place, ids: readonly string[]): Promise<Map<string, Reading>>;
  /** "Already so" is success; answers the change with the id that the element now has. */
  apply(clients: Clients, place: Place, id: string, change: Change): Promise<Change>;
  /** As in the port; of what watches an account. */
  shapeBefore?(id: string, before: Json): Json;
  isMoot?(clients: Clients, place: Place, id: string, shape: Json): Promise<boolean>;
  /** Every id of this kind, in pages. */
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
  /** Hints that are no id of this kind, by their kind: which ids hang on them. */
  readonly hints?: {
    readonly [hint: string]: (clients: Clients, place: Place, id: string) => Promise<string[]>;
  };
}
