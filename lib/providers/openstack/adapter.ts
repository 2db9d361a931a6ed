import type { Kind } from '../../kinds.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Session } from './session.ts';

/**
 * How OpenStack holds one kind: one file each. Whatever an adapter throws becomes an error for the resources
 * that were asked for, so it catches only what it expects.
 */
export interface Adapter {
  readonly kind: Kind;
  /** Answers every id: `gone` only when the service says so, an error where the answer is not whole. */
  read(session: Session, ids: readonly string[]): Promise<Map<string, Reading>>;
  /** "Already so" is success; answers the change with the id that the element now has. */
  apply(session: Session, id: string, change: Change): Promise<Change>;
  /** Every id of this kind, in pages. */
  list(session: Session): AsyncIterable<string[]>;
  /** Hints that are no id of this kind, by their kind: which ids hang on them. */
  readonly hints?: { readonly [hint: string]: (session: Session, id: string) => Promise<string[]> };
}
