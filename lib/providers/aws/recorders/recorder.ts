import type { TrailState } from '../../../kinds/trail.ts';
import type { Json } from '../../../model.ts';
import type { Calls } from '../adapter.ts';
import type { Clients, Place } from '../clients.ts';

/** How one service watches, and how it is told to go on. */
export interface Recorder {
  service: string;
  calls: Calls;
  owns(id: string): boolean;
  /** Never null: what does not exist is a state too. */
  read(clients: Clients, place: Place, id: string): Promise<TrailState>;
  set(clients: Clients, place: Place, id: string, setting: string, to: Json): Promise<void>;
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
  hints: { readonly [hint: string]: (clients: Clients, place: Place, id: string) => Promise<string[]> };
}

export function stateOf(service: string, name: string, settings: TrailState['settings'] | null): TrailState {
  return { kind: 'trail', name, tags: {}, service, exists: settings !== null, settings: settings ?? {} };
}
