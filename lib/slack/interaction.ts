import * as z from 'zod';
import { acts } from './buttons.ts';

/** What Slack sends when somebody presses a button or sends the dialog; only the fields used. */

const Id = z.string().regex(/^[A-Z][A-Z0-9]{1,30}$/);
const Value = z.object({ caseId: z.string().min(1).max(100), plan: z.string().max(200).nullable() });

/** A person's answer, as it waits to be carried out. `days` and `reason` are of an exemption. */
export const Click = z.object({
  act: z.enum(acts),
  caseId: z.string(),
  plan: z.string().nullable(),
  user: Id,
  channel: Id,
  thread: z.string().nullable(),
  /** ISO 8601, when it reached us. */
  at: z.string(),
  days: z.number().nullish(),
  reason: z.string().nullish(),
});
export type Click = z.infer<typeof Click>;

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const Pressed = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: Id }),
  trigger_id: z.string().optional(),
  channel: z.object({ id: Id }).optional(),
  container: z.object({ channel_id: Id.optional(), message_ts: z.string().optional() }).optional(),
  message: z.object({ ts: z.string() }).optional(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })).min(1),
});

const Private = Value.extend({ channel: Id, thread: z.string().nullable() });
export type Private = z.infer<typeof Private>;

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
const Sent = z.object({
  type: z.literal('view_submission'),
  user: z.object({ id: Id }),
  view: z.object({
    callback_id: z.literal('exempt'),
    private_metadata: z.string(),
    state: z.object({
      values: z.object({
        days: z.object({ days: z.object({ selected_option: z.object({ value: z.string() }).nullable() }) }),
        reason: z.object({ reason: z.object({ value: z.string().nullable() }) }),
      }),
    }),
  }),
});

export type Interaction =
  | { type: 'click'; click: Click }
  | { type: 'dialog'; trigger: string; about: Private }
  | { type: 'errors'; errors: { [block: string]: string } }
  /** Of no concern to us: a link that was opened, a dialog that was closed. */
  | { type: 'nothing' };

export const exemptDays: readonly string[] = ['1', '7', '30'];
export const reasonMax = 300;

/** Null where it is none of Slack's interactions with our messages. */
export function interactionOf(payload: unknown, at: string): Interaction | null {
  const pressed = Pressed.safeParse(payload);
  if (pressed.success) return ofPressed(pressed.data, at);
  const sent = Sent.safeParse(payload);
  if (sent.success) return ofSent(sent.data, at);
  const { type } = z.object({ type: z.string() }).safeParse(payload).data ?? {};
  return type === 'view_closed' ? { type: 'nothing' } : null;
}

function ofPressed(pressed: z.infer<typeof Pressed>, at: string): Interaction | null {
  const [action] = pressed.actions;
  const act = acts.find((one) => one === action?.action_id);
  if (act === undefined) return { type: 'nothing' };
  const value = Value.safeParse(json(action?.value));
  const channel = pressed.channel?.id ?? pressed.container?.channel_id;
  if (!value.success || channel === undefined) return null;
  const about = {
    ...value.data,
    channel,
    thread: pressed.message?.ts ?? pressed.container?.message_ts ?? null,
  };
  if (act !== 'exempt') return { type: 'click', click: { act, ...about, user: pressed.user.id, at } };
  return pressed.trigger_id === undefined ? null : { type: 'dialog', trigger: pressed.trigger_id, about };
}

function ofSent({ user, view }: z.infer<typeof Sent>, at: string): Interaction | null {
  const about = Private.safeParse(json(view.private_metadata));
  if (!about.success) return null;
  const days = view.state.values.days.days.selected_option?.value ?? '';
  const reason = (view.state.values.reason.reason.value ?? '').trim();
  if (!exemptDays.includes(days)) return { type: 'errors', errors: { days: 'Choose 1, 7 or 30 days' } };
  if (reason === '' || reason.length > reasonMax)
    return { type: 'errors', errors: { reason: `Say why, in at most ${reasonMax} characters` } };
  return {
    type: 'click',
    click: { act: 'exempt', ...about.data, user: user.id, at, days: Number(days), reason },
  };
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
