import type { Context } from 'hono';
import type { History } from '../ports.ts';
import { fetchEnvelope, waitsFor } from '../rotation/envelope-delivery.ts';
import type { Routes } from './http.ts';

interface Parts {
  history: History;
  now(): Date;
  newId(): string;
}

const headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * `/envelopes/CASE`: looking at it takes nothing, because chat programs look at every link; the button does, once.
 * What is handed out opens with the owner's private key only.
 */
export function envelopeRoutes({ history, now, newId }: Parts): Routes {
  return (app) => {
    app.get('/envelopes/:caseId', async (context) => {
      const waits = await waitsFor(context.req.param('caseId'), history);
      return context.html(page(waits), waits ? 200 : 404, headers);
    });
    app.post('/envelopes/:caseId', async (context) => {
      const caseId = context.req.param('caseId');
      const fetched = await fetchEnvelope(caseId, { history, askId: newId(), now: now() });
      if ('refused' in fetched) return gone(context);
      return context.body(fetched.envelope, 200, {
        ...headers,
        'Content-Type': 'application/x-pem-file',
        'Content-Disposition': 'attachment; filename="key.cms.pem"',
      });
    });
  };
}

function gone(context: Context): Response {
  return context.html(page(false), 410, headers);
}

function page(waits: boolean): string {
  const body = waits
    ? '<p>A new key waits in a sealed envelope. It is handed out once.</p><form method="post"><button>Fetch the envelope</button></form>'
    : '<p>No envelope waits here: it was fetched already, or there was none.</p>';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sealed key</title><main><h1>Sealed key</h1>${body}</main></html>`;
}
