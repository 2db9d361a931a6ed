import { randomBytes } from 'node:crypto';
import { messageOf, TerminalError } from '../errors.ts';
import type { Slack } from './client.ts';
import { answerCommand, type Command, type CommandParts } from './command.ts';
import { exemptDialog } from './dialog.ts';
import { prose } from './inert.ts';
import { type Interaction, interactionOf } from './interaction.ts';
import { nonceMs, nonceOf, type SignedRequest, whyForged } from './signature.ts';
import { keepClick } from './stored-clicks.ts';

/** One request of Slack's from the outside to its answer, whatever server it came by. */

export interface RequestParts extends CommandParts {
  /** The signing secret. */
  secret(): Promise<string>;
  slack: Slack;
  /** Puts the number of a stored click where work waits. */
  enqueue(nonce: string): Promise<void>;
  warn(text: string): void;
}

export interface Reply {
  status: 200 | 400 | 401 | 409;
  /** Null: an empty body, which Slack takes as "got it". */
  body: object | null;
}

const gotIt: Reply = { status: 200, body: null };
const refused = (status: 400 | 401 | 409, error: string): Reply => ({ status, body: { error } });

/** A button or a dialog. Answers at once; what was asked for is carried out from the queue. */
export async function onInteraction(request: SignedRequest, parts: RequestParts): Promise<Reply> {
  const refusal = await refusalOf(request, parts);
  if (refusal !== null) return refusal;
  const at = parts.loop.now().toISOString();
  const interaction = interactionOf(parsed(formOf(request).get('payload') ?? ''), at);
  if (interaction === null) return refused(400, 'of no known shape');
  return take(interaction, nonceOf(request), parts);
}

async function take(interaction: Interaction, nonce: string, parts: RequestParts): Promise<Reply> {
  const { loop, slack, enqueue } = parts;
  switch (interaction.type) {
    case 'click':
      await keepClick(loop.history, nonce, interaction.click);
      await enqueue(nonce);
      return gotIt;
    case 'dialog':
      await slack.openView(interaction.trigger, exemptDialog(interaction.about));
      return gotIt;
    case 'errors':
      return { status: 200, body: { response_action: 'errors', errors: interaction.errors } };
    case 'nothing':
      return gotIt;
  }
}

/** `/snapshut …`. https://docs.slack.dev/interactivity/implementing-slash-commands */
export async function onCommand(request: SignedRequest, parts: RequestParts): Promise<Reply> {
  const refusal = await refusalOf(request, parts);
  if (refusal !== null) return refusal;
  const form = formOf(request);
  if (form.has('ssl_check')) return gotIt;
  const command: Command = { user: form.get('user_id') ?? '', text: form.get('text') ?? '' };
  if (!/^[UW][A-Z0-9]+$/.test(command.user)) return refused(400, 'of no known shape');
  const text = await answerCommand(command, parts).catch((error: unknown) => {
    if (error instanceof TerminalError) return prose(error.message, 500);
    parts.warn(`a command was not answered: ${messageOf(error)}`);
    return 'That did not work just now; try again in a minute.';
  });
  return { status: 200, body: { response_type: 'ephemeral', text } };
}

/** Why this request is not read any further: forged, too old, or seen before. */
async function refusalOf(request: SignedRequest, parts: RequestParts): Promise<Reply | null> {
  const now = parts.loop.now();
  const forged = whyForged(request, await parts.secret(), now);
  if (forged !== null) return refused(401, forged);
  const owner = randomBytes(16).toString('hex');
  const nowMs = now.getTime();
  // Nobody gives this lease back: it ends when the timestamp has long been too old.
  const isFirst = await parts.loop.history.lease(
    `slack/request/${nonceOf(request)}`,
    owner,
    nowMs + nonceMs,
    nowMs,
  );
  return isFirst ? null : refused(409, 'this request came before');
}

function formOf({ body }: SignedRequest): URLSearchParams {
  return new URLSearchParams(Buffer.from(body).toString('utf8'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
