import { handle } from 'hono/aws-lambda';
import { onHttp } from '../lib/handler.ts';
import { wireWebhookApp } from '../lib/wire-webhook-app.ts';

/** Somebody tells that a credential is out: a signed message over HTTP. */
export const handler = onHttp(wireWebhookApp, handle);
