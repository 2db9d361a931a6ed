import { onHttp } from '../lib/handler.ts';
import { wire } from '../lib/wire.ts';

/** Somebody pressed a button in Slack, or typed a command. */
export const handler = onHttp(wire);
