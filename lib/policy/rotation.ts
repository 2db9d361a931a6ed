import * as z from 'zod';

/** How keys are replaced, and where the new ones go. */
const SecretName = z
  .string()
  .regex(
    /^(arn:aws[a-z-]*:secretsmanager:[\w-]+:\d{12}:secret:)?[\w/+=.@{}-]{1,512}$/,
    'expected the name or ARN of a secret, in which {name} stands for the owner',
  );

export function rotationSchema<Match extends z.ZodType>(match: Match) {
  const Deliver = z
    .strictObject({
      match: match.optional(),
      secretName: SecretName.optional(),
      /** Of the secret; left out, the first region of the account. */
      region: z.string().min(1).optional(),
      account: z.string().min(1).optional(),
      /** What the owner's program calls the fields of a key: `accessKeyId=AWS_ACCESS_KEY_ID`. */
      fields: z.array(z.string().regex(/^[\w.-]+=[\w.-]+$/, 'expected accessKeyId=NAME')).optional(),
      /** A file with the owner's certificate or RSA public key, or its PEM itself. */
      envelope: z.string().min(1).optional(),
    })
    .refine(
      ({ secretName, envelope }) => (secretName === undefined) !== (envelope === undefined),
      'expected either secretName or envelope',
    );
  return z.strictObject({
    verifyDays: z.int().min(0).max(365).default(14),
    holdDays: z.int().min(0).max(365).default(14),
    quietHours: z
      .int()
      .min(1)
      .max(24 * 90)
      .default(24),
    /** The first match wins; without one a secret `snapshut/NAME` in the owner's own account. */
    deliver: z.array(Deliver).default([]),
  });
}
