import * as z from 'zod';
import { kindNames, modes, providerNames, severities } from '../model.ts';
import { SshLoop } from '../ssh/policy.ts';
import { WafLoop } from '../waf/policy.ts';
import { Alerts, Approvals } from './alerts.ts';
import { Certificates } from './certificates.ts';
import { endOf } from './dates.ts';
import { wrongNetwork } from './networks.ts';
import { rotationSchema } from './rotation.ts';
import { Scan } from './scan.ts';

/** The shape of `snapshut.yml`. Every object is strict: a misspelt guard would guard nothing, silently. */

const Name = z.string().min(1).max(256);
const Count = z.int().min(1);
const Mode = z.enum(modes);
const AccountId = z.string().regex(/^\d{12}$/, 'expected the 12 digits of an account, in quotes');
const VariableName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'expected the name of an environment variable');
const Region = z
  .string()
  .regex(/^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/, 'expected a region such as eu-central-1');
const Network = z.string().superRefine((cidr, context) => {
  const wrong = wrongNetwork(cidr);
  if (wrong) context.addIssue({ code: 'custom', message: wrong });
});
const Until = z
  .string({
    error: (issue) => (issue.input === undefined ? 'expected an end, such as until: 2026-12-31' : undefined),
  })
  .refine((date) => endOf(date) !== null, 'expected a date such as 2026-12-31 or 2026-12-31T18:00:00Z');

function oneOrMany<Item extends z.ZodType>(item: Item, expected: string) {
  return z.union([item, z.array(item).min(1)], { error: `expected ${expected}, or a list of such` });
}

/** How often a cloud that pushes no events is asked; the jitter is added or taken away. */
const Poll = z.strictObject({
  everySeconds: z.int().min(5).max(86_400).default(60),
  jitterSeconds: z.int().min(0).max(3_600).default(10),
});

const BusName = z.string().regex(/^[\w.-]{1,200}$/, 'expected a name of letters, digits, dots and dashes');

/** oslo.messaging notifications, for operators who own the bus. The URL holds a password: it comes from a variable. */
const Notifications = z.strictObject({
  urlEnv: VariableName.default('SNAPSHUT_BUS_URL'),
  /** Made by us, and read by nobody else. */
  queue: BusName.default('snapshut'),
  /** `control_exchange` of the services. */
  exchanges: z.array(BusName).min(1).default(['neutron']),
  topic: BusName.default('notifications'),
});

const Account = z.discriminatedUnion(
  'provider',
  [
    z.strictObject({
      provider: z.literal('aws'),
      id: AccountId,
      regions: z.array(Region).min(1),
      role: z
        .string()
        .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'expected the ARN of a role')
        .optional(),
      externalId: Name.optional(),
    }),
    z.strictObject({
      provider: z.literal('openstack'),
      cloud: Name.optional(),
      poll: Poll.optional(),
      notifications: Notifications.optional(),
    }),
    z.strictObject({ provider: z.literal('exoscale'), zones: z.array(Name).min(1), poll: Poll.optional() }),
  ],
  { error: 'expected provider: aws, openstack or exoscale' },
);

const Match = z
  .strictObject({
    provider: oneOrMany(z.enum(providerNames), `one of ${providerNames.join(', ')}`).optional(),
    account: oneOrMany(Name, 'an account id in quotes').optional(),
    region: oneOrMany(Name, 'a region').optional(),
    kind: oneOrMany(z.enum(kindNames), `one of ${kindNames.join(', ')}`).optional(),
    /** An id; `*` stands for any text. */
    resource: oneOrMany(Name, 'an id, in which * stands for any text').optional(),
    name: oneOrMany(Name, 'a name, in which * stands for any text').optional(),
    tag: oneOrMany(Name, 'a tag such as env=dev, or its key alone').optional(),
    severity: oneOrMany(z.enum(severities), `one of ${severities.join(', ')}`).optional(),
  })
  .refine((match) => Object.keys(match).length > 0, 'expected at least one thing to match');

const Options = z.record(z.string(), z.unknown());
const Scope = z
  .strictObject({
    match: Match,
    control: Name.optional(),
    mode: Mode.optional(),
    options: Options.optional(),
  })
  .superRefine(({ match, control, mode, options }, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', message });
    if (!mode && !options) issue('expected a mode, or options');
    if (options && !control) issue('options belong to one control: expected control');
    // Severity is an answer of the control, and options are part of the question.
    if (options && match.severity) issue('options cannot depend on severity');
  });

const PolicyExemption = z.strictObject({
  /** An id, or a whole resource key; `*` stands for any text. */
  resource: Name,
  account: Name.optional(),
  /** Its name, or `*` for all. */
  control: Name,
  until: Until,
  reason: z.string({ error: 'expected a reason' }).min(1, 'expected a reason'),
  by: Name.optional(),
});

const Limits = z.strictObject({
  fixesPerHour: z.int().min(0).default(50),
  percentPerHour: z.number().min(0).max(100).default(30),
  changesPerPlan: Count.default(100),
  flap: z.strictObject({ times: Count.default(3), withinMinutes: Count.default(60) }).prefault({}),
});

const Url = z.url({ protocol: /^https?$/, error: 'expected a URL' });

export const Policy = z.strictObject({
  accounts: z.array(Account).min(1).optional(),
  networks: z
    .strictObject({ trusted: z.array(Network).default([]), proxies: z.array(Network).default([]) })
    .prefault({}),
  principals: z
    .strictObject({
      trustedAccounts: z.array(AccountId).default([]),
      trustedOrganizations: z
        .array(z.string().regex(/^o-[a-z0-9]{10,32}$/, 'expected an organization such as o-exampleorg'))
        .default([]),
    })
    .prefault({}),
  /** What else a block holds is checked by the control's own `options`. */
  controls: z.record(z.string(), z.looseObject({ mode: Mode.optional() })).default({}),
  scopes: z.array(Scope).default([]),
  exemptions: z.array(PolicyExemption).default([]),
  limits: Limits.prefault({}),
  loops: z.strictObject({ waf: WafLoop.prefault({}), ssh: SshLoop.prefault({}) }).prefault({}),
  scan: Scan.prefault({}),
  rotation: rotationSchema(Match).prefault({}),
  certificates: Certificates.prefault({}),
  alerts: Alerts.prefault({}),
  approvals: Approvals.prefault({}),
  schedule: z.strictObject({ sweepEveryHours: z.int().min(1).max(168).default(24) }).prefault({}),
  queue: z.strictObject({ url: Url }).optional(),
  http: z
    .strictObject({
      port: z.int().min(0).max(65535).default(8080),
      tokenEnv: VariableName.default('SNAPSHUT_TOKEN'),
    })
    .prefault({}),
});
export type Policy = z.infer<typeof Policy>;
export type PolicyScope = Policy['scopes'][number];
