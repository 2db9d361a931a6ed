import * as z from 'zod';

const Command = z.array(z.string().min(1)).min(1);

/** Where offenders are refused: the policy file's `targets`. Commands are words, and no shell reads them. */
export const BlockTarget = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('aws'),
    region: z.string().min(1),
    scope: z.enum(['REGIONAL', 'CLOUDFRONT']).default('REGIONAL'),
    ipSets: z.strictObject({
      ipv4: z.array(z.string().min(1)).default([]),
      ipv6: z.array(z.string().min(1)).default([]),
    }),
    /**
     * Where rules against attacks by many clients are put up, if `distributed` says so, and where further sets are
     * refused when those of `ipSets` are full.
     */
    webAcl: z.string().min(1).optional(),
    /** Capacity units that the web ACL may use in all; AWS charges for more than 1500. */
    wcuBudget: z.int().min(1).max(5000).default(1500),
    /** How many sets of 10,000 may be made beside `ipSets` for each family; they need a `webAcl`. */
    furtherSets: z.int().min(0).max(20).default(4),
  }),
  /** This host's packet filter: a table of ours, whose entries end by themselves. */
  z.strictObject({
    provider: z.literal('nftables'),
    table: z
      .string()
      .regex(/^\w{1,32}$/, 'expected a name of letters and digits')
      .default('snapshut'),
  }),
  /** A file that a web server of this host includes. */
  z.strictObject({
    provider: z.literal('file'),
    format: z.enum(['nginx', 'haproxy', 'caddy']),
    path: z.string().startsWith('/', 'expected a whole path'),
    validate: Command.optional(),
    reload: Command.optional(),
  }),
]);
export type BlockTarget = z.infer<typeof BlockTarget>;

/** What the running service follows: a log file, through its rotations, or a unit's messages in the journal. */
export const Followed = z.union(
  [
    z.strictObject({ file: z.string().startsWith('/', 'expected a whole path') }),
    z.strictObject({
      journal: z.string().regex(/^[\w@.:-]+$/, 'expected the name of a unit such as ssh.service'),
    }),
  ],
  { error: 'expected file: /path, or journal: UNIT' },
);
export type Followed = z.infer<typeof Followed>;
