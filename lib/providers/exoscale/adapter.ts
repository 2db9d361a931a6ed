import type { Kind } from '../../kinds.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { ExoscaleClient } from './client.ts';
import type { Sos } from './sos.ts';

/** Where a call goes. What belongs to the whole organization is asked of the first zone. */
export interface Place {
  client: ExoscaleClient;
  zone: string;
  /** Every zone that is guarded. */
  zones: readonly string[];
  /** The organization. */
  account: string;
  /** The object storage of a zone. */
  sos(zone: string): Promise<Sos>;
}

/** How Exoscale holds one kind: one file each. It catches only what it expects. */
export interface Adapter {
  readonly kind: Kind;
  /** `global` for what exists once in the organization, else one per zone. */
  readonly scope: 'global' | 'zone';
  read(place: Place, ids: readonly string[]): Promise<Map<string, Reading>>;
  apply(place: Place, id: string, change: Change): Promise<Change>;
  list(place: Place): AsyncIterable<string[]>;
  readonly hints?: { readonly [hint: string]: (place: Place, id: string) => Promise<string[]> };
}
