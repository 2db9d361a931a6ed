import { noLogBucket, type TrailState } from '../../../kinds/trail.ts';
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
  /** `shape`: makes it anew as it was, or, for null, deletes it again. */
  set(clients: Clients, place: Place, id: string, setting: string, to: Json): Promise<void>;
  /** The bucket that its records go to, where its access is part of the state. */
  bucketOf?(clients: Clients, place: Place, id: string): Promise<string | null>;
  /** The shape in the words of AWS Config, whose items are told when something is deleted; null where they do not suffice. */
  shapeBefore?(before: { [field: string]: Json }, id: string): Json;
  /** Whether what it watched is gone too. */
  isMoot?(clients: Clients, place: Place, shape: Json): Promise<boolean>;
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
  hints: { readonly [hint: string]: (clients: Clients, place: Place, id: string) => Promise<string[]> };
}

export function stateOf(service: string, name: string, settings: TrailState['settings'] | null): TrailState {
  const exists = settings !== null;
  const held = settings ?? { shape: null };
  return { kind: 'trail', name, tags: {}, service, exists, settings: held, ...noLogBucket };
}

/** The provider's own words as JSON: what is undefined is left out, and tags stand in the order of their keys. */
export function shapeOf(said: object): { [field: string]: Json } {
  return JSON.parse(JSON.stringify(said)) as { [field: string]: Json };
}

/** Of a shape that this recorder wrote. */
export function wordsOf<Words>(shape: Json): Words {
  // It went out as these words through shapeOf, into the history and back.
  return shape as unknown as Words;
}

/** Which lost one a new one stands for, where ids are given anew. */
export const restores = 'snapshut:restores';
