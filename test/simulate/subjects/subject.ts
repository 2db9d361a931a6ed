import type { Control } from '../../../lib/controls/control.ts';
import type { Kind, State } from '../../../lib/kinds.ts';
import type { Change, Json } from '../../../lib/model.ts';
import type { Random } from '../random.ts';

/**
 * What a state is made of, told apart by names that people gave: `exposed` must go, `innocent` must stay, `remnant` may
 * be left of something exposed. Said by the test's own idea of each kind; nothing here comes from the service.
 */
export interface Thing {
  name: string;
  is: 'exposed' | 'innocent' | 'remnant';
  held: Json;
}

/** What a draw may rest on: chance, and numbers that nobody had before. */
export interface Draw {
  random: Random;
  fresh(): number;
}

/** What one seed is about: a control, resources of its kind, and what people do to them. */
export interface Subject {
  kind: Kind;
  control: Control;
  /** How the audit log calls a change. */
  eventName: string;
  create(id: string): State;
  opens(state: State, draw: Draw): Change;
  /** More than can be shut as a whole: a part of it may stay. */
  opensWide(state: State, draw: Draw): Change;
  doesInnocently(state: State, draw: Draw): Change;
  /** Something of what is there is taken away; null where nothing is. */
  takesAway(state: State, draw: Draw): Change | null;
  thingsOf(state: State): Thing[];
  /** What this change takes away or brings. */
  thingIn(change: Change): Thing | null;
}
