import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { onCommand, onInteraction, type Reply, type RequestParts } from './request.ts';
import type { SignedRequest } from './signature.ts';

const bodyBytesMax = 1024 * 1024;

/** `POST /slack/interactions` and `POST /slack/commands`: the two addresses that the Slack app is given. */
export function slackRoutes(parts: RequestParts): (app: Hono, onAccepted: () => void) => void {
  return (app, onAccepted) => {
    const limit = bodyLimit({
      maxSize: bodyBytesMax,
      onError: (context) => context.json({ error: 'too large' }, 413),
    });
    app.post('/slack/interactions', limit, async (context) => {
      const reply = await onInteraction(await signedRequest(context), parts);
      onAccepted();
      return answer(context, reply);
    });
    app.post('/slack/commands', limit, async (context) =>
      answer(context, await onCommand(await signedRequest(context), parts)),
    );
  };
}

async function signedRequest(context: Context): Promise<SignedRequest> {
  return {
    timestamp: context.req.header('x-slack-request-timestamp'),
    signature: context.req.header('x-slack-signature'),
    body: new Uint8Array(await context.req.arrayBuffer()),
  };
}

function answer(context: Context, { status, body }: Reply): Response {
  return body === null ? context.body(null, status) : context.json(body, status);
}
