import { onSchedule } from '../lib/handler.ts';
import { wire } from '../lib/wire.ts';

/** Time has passed: the sweep, and what is waiting. */
export const handler = onSchedule(wire);
