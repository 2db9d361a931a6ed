import * as z from 'zod';

/** What Slack refuses a message for: https://docs.slack.dev/reference/block-kit/blocks and chat.postMessage. */

const mrkdwn = (max: number) =>
  z.object({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() });
const plain = (max: number) =>
  z.object({ type: z.literal('plain_text'), text: z.string().min(1).max(max) }).loose();

const Button = z
  .object({
    type: z.literal('button'),
    action_id: z.string().min(1).max(255),
    text: plain(75),
    value: z.string().max(2000).optional(),
    style: z.enum(['primary', 'danger']).optional(),
  })
  .loose();

const Block = z.union([
  z.object({ type: z.literal('section'), text: z.union([mrkdwn(3000), plain(3000)]) }).loose(),
  z.object({ type: z.literal('section'), fields: z.array(mrkdwn(2000)).min(1).max(10) }).loose(),
  z.object({ type: z.literal('context'), elements: z.array(mrkdwn(3000)).min(1).max(10) }).loose(),
  z.object({
    type: z.literal('actions'),
    block_id: z.string().max(255),
    elements: z.array(Button).min(1).max(25),
  }),
]);

const Blocks = z
  .array(Block)
  .max(50)
  .refine((blocks) => {
    const actions = blocks.flatMap((one) => (one.type === 'actions' ? one.elements : []));
    const ids = actions.map((one) => one.action_id);
    return new Set(ids).size === ids.length;
  }, 'action ids are used once in a message');

export function problemsOf(blocks: unknown, text: string): string[] {
  const parsed = Blocks.safeParse(blocks);
  const problems = (parsed.error?.issues ?? []).map((one) => `${one.path.join('.')}: ${one.message}`);
  return text.length > 4000 ? [...problems, 'the text is too long'] : problems;
}
