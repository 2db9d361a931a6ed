import type { Random } from './random.ts';

/** What goes wrong, each as a share of the calls it can befall. */
export interface Faults {
  /** Refused for now, before anything happened. */
  throttle: number;
  /** Done, and the answer was lost. */
  lostAnswer: number;
  /** Refused for good. */
  denied: number;
  /** A read that shows the state before the last change. */
  stale: number;
  /** The process ends before or after a call to the cloud or to the history. */
  kill: number;
  /** Audit events that never come, and that come twice. */
  lostEvent: number;
  doubledEvent: number;
  /** The longest way of an event, in ms. */
  eventDelayMs: number;
}

export const noFaults: Faults = {
  throttle: 0,
  lostAnswer: 0,
  denied: 0,
  stale: 0,
  kill: 0,
  lostEvent: 0,
  doubledEvent: 0,
  eventDelayMs: 0,
};

/** A seed has its own weather: most faults are rare or absent, one or two are frequent. */
export function drawFaults(random: Random): Faults {
  const share = (most: number) => (random.chance(0.4) ? 0 : random.next() * most);
  return {
    throttle: share(0.2),
    lostAnswer: share(0.2),
    denied: share(0.1),
    stale: share(0.2),
    kill: share(0.05),
    lostEvent: share(0.3),
    doubledEvent: share(0.5),
    eventDelayMs: random.below(1_800_000),
  };
}

export interface Counts {
  kills: number;
  throttled: number;
  answersLost: number;
  denied: number;
  staleReads: number;
  eventsLost: number;
  eventsDoubled: number;
}

export const noCounts = (): Counts => ({
  kills: 0,
  throttled: 0,
  answersLost: 0,
  denied: 0,
  staleReads: 0,
  eventsLost: 0,
  eventsDoubled: 0,
});
