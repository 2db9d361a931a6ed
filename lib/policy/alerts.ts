import * as z from 'zod';
import { kindNames, providerNames, severities } from '../model.ts';

/** Who is told and who is asked. Secrets stand in environment variables, whose names may be given here. */

const Name = z.string().min(1).max(256);
const Minutes = z.int().min(1).max(43_200);
const VariableName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'expected the name of an environment variable');
const Severity = z.enum(severities, `expected one of ${severities.join(', ')}`);

/** https://docs.slack.dev/reference/: channels C and G, members U and W, user groups S. */
const SlackChannel = z
  .string()
  .regex(/^[CGD][A-Z0-9]{2,20}$/, 'expected the id of a Slack channel, such as C0123');
const SlackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'expected the id of a Slack user, such as U0123');
const SlackPerson = z
  .string()
  .regex(/^[UWS][A-Z0-9]{2,20}$/, 'expected the id of a Slack user (U0123) or of a user group (S0123)');

const oneOrMany = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item).min(1)]);

/** What of a case decides who is asked; `*` stands for any text. */
export const CaseMatch = z
  .strictObject({
    provider: oneOrMany(z.enum(providerNames)).optional(),
    account: oneOrMany(Name).optional(),
    region: oneOrMany(Name).optional(),
    kind: oneOrMany(z.enum(kindNames)).optional(),
    resource: oneOrMany(Name).optional(),
    name: oneOrMany(Name).optional(),
    severity: oneOrMany(Severity).optional(),
    control: oneOrMany(Name).optional(),
  })
  .refine((match) => Object.keys(match).length > 0, 'expected at least one thing to match');
export type CaseMatch = z.infer<typeof CaseMatch>;

const Https = z.url({ protocol: /^https?$/, error: 'expected a URL' });
/** What a channel is not told of: whatever is less severe. */
const minSeverity = Severity.default('low');
const Format = z.enum(['snapshut', 'ocsf', 'asff'], 'expected snapshut, ocsf or asff').default('snapshut');

const Slack = z.strictObject({
  channel: SlackChannel,
  /** Who may answer where `approvals.approvers` names nobody. */
  approvers: z.array(SlackPerson).default([]),
  tokenEnv: VariableName.default('SLACK_BOT_TOKEN'),
  signingSecretEnv: VariableName.default('SLACK_SIGNING_SECRET'),
  /** New messages beyond that become one digest thread. */
  messagesPerMinute: z.int().min(1).max(60).default(20),
  /** Instead of Slack's own, for a gateway or an engine. */
  apiUrl: Https.optional(),
});

const Webhook = z.strictObject({
  url: Https,
  secretEnv: VariableName.default('SNAPSHUT_ALERT_SECRET'),
  format: Format,
  minSeverity,
  /** Hosts that may be reached although their addresses are private. */
  allowPrivateHosts: z.array(Name).default([]),
});

export const Alerts = z.strictObject({
  slack: Slack.optional(),
  securityHub: z.boolean().optional(),
  sns: z
    .strictObject({
      topicArn: z
        .string()
        .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/, 'expected the ARN of a topic'),
      format: Format,
      minSeverity,
    })
    .optional(),
  webhook: oneOrMany(Webhook).optional(),
  pagerduty: z
    .strictObject({
      routingKeyEnv: VariableName.default('PAGERDUTY_ROUTING_KEY'),
      minSeverity: Severity.default('high'),
      url: Https.default('https://events.pagerduty.com/v2/enqueue'),
    })
    .optional(),
  /** The address of an incoming webhook is itself a secret. */
  teams: z
    .strictObject({
      urlEnv: VariableName.default('TEAMS_WEBHOOK_URL'),
      minSeverity,
      allowPrivateHosts: z.array(Name).default([]),
    })
    .optional(),
  email: z
    .strictObject({
      from: z.email('expected an e-mail address'),
      to: z.array(z.email('expected an e-mail address')).min(1),
      region: Name.optional(),
      minSeverity,
    })
    .optional(),
});
export type Alerts = z.infer<typeof Alerts>;

const Approvers = z.strictObject({ match: CaseMatch.optional(), people: z.array(SlackPerson).min(1) });

const NoAnswer = z
  .strictObject({
    match: CaseMatch.optional(),
    afterMinutes: Minutes,
    /** Where it is asked again, and who is called by name. */
    escalate: z
      .strictObject({ channel: SlackChannel.optional(), mention: SlackPerson.optional() })
      .refine(
        (to) => to.channel !== undefined || to.mention !== undefined,
        'expected a channel, a mention or both',
      )
      .optional(),
    /** What becomes of it when nobody answers after that either. */
    default: z.enum(['stay', 'fix'], 'expected stay or fix').default('stay'),
    defaultAfterMinutes: Minutes.optional(),
  })
  .refine((rule) => rule.defaultAfterMinutes === undefined || rule.defaultAfterMinutes >= rule.afterMinutes, {
    path: ['defaultAfterMinutes'],
    message: 'expected at least afterMinutes: both count from the question',
  });

export const Approvals = z.strictObject({
  expireAfterMinutes: z.int().min(1).default(1440),
  /** The first that matches a case names who may answer. */
  approvers: z.array(Approvers).default([]),
  /** May answer everything, and unfreeze. */
  admins: z.array(SlackPerson).default([]),
  /** May look. */
  viewers: z.array(SlackPerson).default([]),
  /** Findings that two people must approve. */
  twoPeople: z.array(Severity).default([]),
  /** Who is who: names of actors and of people elsewhere, per Slack user; `*` stands for any text. */
  people: z.record(SlackUser, z.array(Name)).default({}),
  noAnswer: z.array(NoAnswer).default([]),
});
export type Approvals = z.infer<typeof Approvals>;
