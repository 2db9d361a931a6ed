import { environment } from '../lib/config.ts';
import { sqsDeadLetters } from '../lib/handler/dead-letters.ts';
import { onQueue } from '../lib/handler.ts';
import { wire } from '../lib/wire.ts';

/** Something has changed: events from the queue. */
export const handler = onQueue(wire, { deadLetters: sqsDeadLetters(environment().deadLettersUrl) });
