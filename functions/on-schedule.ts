import { environment } from '../lib/config.ts';
import { sqsInbox } from '../lib/handler/changes-queue.ts';
import { onSchedule } from '../lib/handler.ts';
import { wire } from '../lib/wire.ts';

/** Time has passed: the sweep, what is waiting, and clouds that must be asked. */
export const handler = onSchedule(wire, { inbox: sqsInbox(environment().queueUrl) });
