import { onHttp } from '../lib/handler.ts';
import { wire } from '../lib/wire.ts';

/** Somebody looks: the console behind an HTTP API. */
export const handler = onHttp(wire);
