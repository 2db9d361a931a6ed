import { onHttp } from '../lib/handler.ts';
import { wireWebhooks } from '../lib/wire-webhook-app.ts';

/** Somebody tells that a credential is out: a signed message over HTTP. */
export const handler = onHttp(wireWebhooks);
