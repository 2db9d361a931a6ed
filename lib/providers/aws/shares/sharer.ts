import type { SharingState } from '../../../kinds/sharing.ts';
import type { Calls } from '../adapter.ts';
import type { Clients, Place } from '../clients.ts';

/** How one service says with whom something is shared. `who` is `all`, an account or an organization. */
export interface Sharer {
  /** As in the state: `ebs-snapshot`. */
  service: string;
  calls: Calls;
  /** Whether an id is of this service. */
  owns(id: string): boolean;
  /** What many say of themselves, in few calls; left out where the service answers one by one only. */
  describe?(clients: Clients, place: Place, ids: readonly string[]): Promise<Map<string, Facts>>;
  /** Null where AWS says that there is no such thing. `known`: what `describe` said of it. */
  read(clients: Clients, place: Place, id: string, known?: Facts): Promise<Shared | null>;
  /** Idempotent; nothing that is gone can be shared. */
  set(clients: Clients, place: Place, id: string, who: string, shared: boolean): Promise<void>;
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
  hints?: { readonly [hint: string]: (clients: Clients, place: Place, id: string) => Promise<string[]> };
}

/** What a thing says of itself. */
export type Facts = Pick<SharingState, 'name' | 'tags' | 'encrypted' | 'owner'>;
export type Shared = Facts & { with: string[] };
