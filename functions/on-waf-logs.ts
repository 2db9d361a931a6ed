import { environment } from '../lib/config.ts';
import { sqsDeadLetters } from '../lib/handler/dead-letters.ts';
import { onLogQueue } from '../lib/handler.ts';
import { wireLogs } from '../lib/wire-logs.ts';

/** Request logs have arrived: S3's messages from the queue. */
export const handler = onLogQueue(wireLogs, { deadLetters: sqsDeadLetters(environment().deadLettersUrl) });
